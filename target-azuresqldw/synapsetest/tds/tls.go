package tds

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

// selfSigned makes a certificate for the loopback names and for names. It is its own authority, so that a client that is
// given its PEM can verify it.
func selfSigned(names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "synapsetest"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              append([]string{"localhost"}, names...),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func certificatePEM(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

// handshakeConn carries the bytes of a TLS handshake inside PRELOGIN packets (MS-TDS 2.2.6.5, "Encryption"), until done
// is set; from then on it is transparent.
type handshakeConn struct {
	net.Conn
	unread []byte
	done   bool
}

// Read implements net.Conn.
func (h *handshakeConn) Read(b []byte) (int, error) {
	if h.done && len(h.unread) == 0 {
		return h.Conn.Read(b)
	}
	for len(h.unread) == 0 {
		var header [headerSize]byte
		if _, err := io.ReadFull(h.Conn, header[:]); err != nil {
			return 0, err
		}
		size := int(binary.BigEndian.Uint16(header[2:]))
		if packetType(header[0]) != packetPrelogin || size < headerSize {
			return 0, fmt.Errorf("packet of type %d in a TLS handshake", header[0])
		}
		h.unread = make([]byte, size-headerSize)
		if _, err := io.ReadFull(h.Conn, h.unread); err != nil {
			return 0, err
		}
	}
	n := copy(b, h.unread)
	h.unread = h.unread[n:]
	return n, nil
}

// Write implements net.Conn.
func (h *handshakeConn) Write(b []byte) (int, error) {
	if h.done {
		return h.Conn.Write(b)
	}
	var out bytes.Buffer
	p := newPacketWriter(&out, packetPrelogin, loginSize)
	p.Write(b) // into memory
	p.end()
	if _, err := h.Conn.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

// startTLS does the handshake of TDS 7.
func (s *Server) startTLS(raw net.Conn) (*tls.Conn, error) {
	wrapped := &handshakeConn{Conn: raw}
	conn := tls.Server(wrapped, &tls.Config{
		Certificates: []tls.Certificate{s.certificate},
		// FreeTDS 1.3 hangs in a handshake of TLS 1.3 inside PRELOGIN packets.
		MaxVersion:                  tls.VersionTLS12,
		SessionTicketsDisabled:      true,
		DynamicRecordSizingDisabled: true,
	})
	if err := conn.HandshakeContext(s.ctx); err != nil {
		return nil, err
	}
	wrapped.done = true
	return conn, nil
}

// startStrictTLS does the handshake of TDS 8, which comes before anything else.
func (s *Server) startStrictTLS(raw net.Conn) (*tls.Conn, error) {
	conn := tls.Server(raw, &tls.Config{
		Certificates:                []tls.Certificate{s.certificate},
		NextProtos:                  []string{"tds/8.0"},
		DynamicRecordSizingDisabled: true,
	})
	if err := conn.HandshakeContext(s.ctx); err != nil {
		return nil, err
	}
	return conn, nil
}
