package tds

import (
	"bytes"
	"encoding/binary"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// FuzzReadMessage: what packetWriter cuts into packets, readMessage puts together again, and noise is refused in peace.
func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x0c\x00\x00\x01\x00abcd"), uint16(512))
	f.Add([]byte{}, uint16(9))
	f.Fuzz(func(t *testing.T, noise []byte, size uint16) {
		if m, err := readMessage(bytes.NewReader(noise), 1<<16); err == nil && len(m.body) > len(noise) {
			t.Errorf("%d bytes out of %d", len(m.body), len(noise))
		}
		var wire bytes.Buffer
		w := newPacketWriter(&wire, packetBatch, int(size%4096)+headerSize+1)
		w.Write(noise)
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		m, err := readMessage(&wire, 1<<20)
		if err != nil || !bytes.Equal(m.body, noise) || m.kind != packetBatch || wire.Len() != 0 {
			t.Errorf("message of %d bytes came back with %d, %v", len(noise), len(m.body), err)
		}
	})
}

// FuzzPrelogin: the reply parses to what was put into it.
func FuzzPrelogin(f *testing.F) {
	f.Add(preloginReply(encryptOn, true))
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		options, err := parsePrelogin(body)
		if err != nil {
			return
		}
		for k, v := range options {
			if len(v) > len(body) {
				t.Errorf("option %d has %d bytes of %d", k, len(v), len(body))
			}
		}
	})
}

// FuzzLogin: noise is refused in peace.
func FuzzLogin(f *testing.F) {
	body := make([]byte, 200)
	binary.LittleEndian.PutUint32(body, 200)
	body[27] = 0x10
	binary.LittleEndian.PutUint16(body[56:], 100)
	binary.LittleEndian.PutUint32(body[100:], 104)
	copy(body[104:], []byte{featureFedAuth, 8, 0, 0, 0, 2, 2, 0, 0, 0, 'x', 0, 0, featureEnd})
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := parseLogin(body)
		if err == nil && len(l.Password) > 3*len(body) {
			t.Errorf("password of %d bytes", len(l.Password))
		}
	})
}

// FuzzCall: noise is refused in peace.
func FuzzCall(f *testing.F) {
	f.Add([]byte("\xff\xff\x0a\x00\x00\x00\x00\x00\xe7\x40\x1f\x09\x04\xd0\x00\x34\x10\x00S\x00E\x00L\x00E\x00C\x00T\x00 \x001\x00"))
	f.Add([]byte("\xff\xff\x0b\x00\x00\x00\x02@\x00h\x00\x01\x26\x04\x00\x00\x00\x63\xff\xff\xff\xff\x09\x04\xd0\x00\x34\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := &cursor{b: body}
		for more := true; more && c.err == nil; {
			var err error
			if _, more, err = readCall(c); err != nil {
				return
			}
		}
	})
}

// FuzzValue: a value that is read from noise is the same when it is written and read again.
func FuzzValue(f *testing.F) {
	f.Add([]byte{typeDateTimeOffset, 7, 10, 1, 2, 3, 4, 5, 6, 7, 8, 60, 0})
	f.Add([]byte{typeDecimalN, 17, 38, 10, 5, 0, 255, 255, 255, 255})
	f.Add([]byte{typeNVarChar, 0xFF, 0xFF, 9, 4, 0xD0, 0, 0x34, 0xFE, 255, 255, 255, 255, 255, 255, 255, 4, 0, 0, 0, 0x3D, 0xD8, 0, 0xDE, 0, 0, 0, 0})
	f.Add([]byte{typeFloatN, 8, 8, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, noise []byte) {
		c := &cursor{b: noise}
		w, err := readTypeInfo(c)
		if err != nil {
			return
		}
		v, err := readValue(c, w)
		if err != nil {
			return
		}
		if f, ok := v.(float64); ok && f != f {
			return // not a number is not equal to itself
		}
		b, err := appendValue(appendTypeInfo(nil, w.t), w.t, v)
		if err != nil {
			// more text than the declared length is the sender's lie; more digits than the scale can hold, too
			return
		}
		again := &cursor{b: b}
		w2, err := readTypeInfo(again)
		if err != nil {
			t.Fatalf("type %v: %v", w.t, err)
		}
		v2, err := readValue(again, w2)
		if err != nil || len(again.b) > 0 {
			t.Fatalf("value %v of %v: %v, %d bytes left", v, w.t, err, len(again.b))
		}
		if v == nil || v2 == nil {
			if v != nil || v2 != nil {
				t.Errorf("%v of %v came back as %v", v, w.t, v2)
			}
			return
		}
		if sqltype.Compare(v, v2, w.t) != 0 {
			t.Errorf("%v of %v came back as %v", v, w.t, v2)
		}
	})
}
