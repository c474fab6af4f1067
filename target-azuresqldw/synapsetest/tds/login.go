package tds

import (
	"encoding/binary"
	"errors"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

var errLogin = errors.New("malformed LOGIN7")

// Extensions of LOGIN7 (MS-TDS 2.2.6.4, FeatureExt).
const (
	featureFedAuth = 0x02
	featureEnd     = 0xFF
)

// login7 is a Login with what only the protocol needs to know.
type login7 struct {
	Login
	packetSize int
	fedAuth    bool
	nonce      []byte
}

// parseLogin reads LOGIN7 (MS-TDS 2.2.6.4).
func parseLogin(body []byte) (login7, error) {
	var l login7
	const fixed = 94
	if len(body) < fixed || int(binary.LittleEndian.Uint32(body)) > len(body) {
		return l, errLogin
	}
	l.Version = binary.LittleEndian.Uint32(body[4:])
	l.packetSize = int(min(binary.LittleEndian.Uint32(body[8:]), maxPacket))
	l.ReadOnly = body[26]&0x20 != 0
	ok := true
	field := func(at int, isPassword bool) string {
		offset, units := int(binary.LittleEndian.Uint16(body[at:])), int(binary.LittleEndian.Uint16(body[at+2:]))
		if units == 0 || offset+2*units > len(body) {
			ok = ok && units == 0
			return ""
		}
		text := body[offset : offset+2*units]
		if isPassword {
			text = unscramble(text)
		}
		return sqltype.DecodeUTF16(text)
	}
	l.Host = field(36, false)
	l.User = field(40, false)
	l.Password = field(44, true)
	l.App = field(48, false)
	l.Server = field(52, false)
	l.Library = field(60, false)
	l.Language = field(64, false)
	l.Database = field(68, false)
	if !ok {
		return l, errLogin
	}
	if body[27]&0x10 != 0 { // fExtension: the offset of an offset
		at := int(binary.LittleEndian.Uint16(body[56:]))
		if at+4 > len(body) {
			return l, errLogin
		}
		offset := int(binary.LittleEndian.Uint32(body[at:]))
		if offset < 0 || offset > len(body) {
			return l, errLogin
		}
		if err := l.parseFeatures(&cursor{b: body[offset:]}); err != nil {
			return l, err
		}
	}
	return l, nil
}

// unscramble: each byte has its halves swapped and is then XORed with A5 by the client.
func unscramble(b []byte) []byte {
	clear := make([]byte, len(b))
	for i, c := range b {
		c ^= 0xA5
		clear[i] = c<<4 | c>>4
	}
	return clear
}

// parseFeatures looks for a security token; the other features are optional for the server and are left unanswered.
func (l *login7) parseFeatures(c *cursor) error {
	for {
		id := c.u8()
		if c.err != nil {
			return errLogin
		}
		if id == featureEnd {
			return nil
		}
		data := cursor{b: c.bytes(int(min(c.u32(), 1<<20)))}
		if c.err != nil {
			return errLogin
		}
		if id != featureFedAuth {
			continue
		}
		const securityToken = 1
		if library := data.u8() >> 1; library != securityToken {
			return errors.New("only the security token library of federated authentication is served")
		}
		l.fedAuth = true
		l.Token = sqltype.DecodeUTF16(data.bytes(int(min(data.u32(), 1<<20))))
		if data.err != nil {
			return errLogin
		}
		if len(data.b) >= 32 {
			l.nonce = data.b[:32]
		}
	}
}
