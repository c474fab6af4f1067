package tds

import (
	"encoding/binary"
	"errors"
)

// Options of PRELOGIN (MS-TDS 2.2.6.5).
const (
	preVersion    = 0
	preEncryption = 1
	preInstance   = 2
	preThread     = 3
	preMARS       = 4
	preFedAuth    = 6
	preEnd        = 0xFF
)

// Values of the encryption option.
const (
	encryptOff          = 0 // the login only
	encryptOn           = 1
	encryptNotSupported = 2
	encryptRequired     = 3
)

var errPrelogin = errors.New("malformed PRELOGIN")

// parsePrelogin reads the table of options.
func parsePrelogin(body []byte) (map[byte][]byte, error) {
	options := map[byte][]byte{}
	for at := 0; ; at += 5 {
		if at >= len(body) {
			return nil, errPrelogin
		}
		if body[at] == preEnd {
			return options, nil
		}
		if at+5 > len(body) {
			return nil, errPrelogin
		}
		offset := int(binary.BigEndian.Uint16(body[at+1:]))
		length := int(binary.BigEndian.Uint16(body[at+3:]))
		if offset+length > len(body) {
			return nil, errPrelogin
		}
		options[body[at]] = body[offset : offset+length]
	}
}

// preloginReply writes the server's side: its version, the encryption agreed on, no MARS.
func preloginReply(encryption byte, fedAuth bool) []byte {
	values := []struct {
		option byte
		value  []byte
	}{
		{preVersion, []byte{12, 0, 0x07, 0xD0, 0, 0}}, // 12.0.2000, the ProductVersion of Azure's logical servers
		{preEncryption, []byte{encryption}},
		{preInstance, []byte{0}},
		{preThread, nil},
		{preMARS, []byte{0}},
	}
	if fedAuth {
		values = append(values, struct {
			option byte
			value  []byte
		}{preFedAuth, []byte{1}})
	}
	var table, data []byte
	offset := 5*len(values) + 1
	for _, v := range values {
		table = append(table, v.option)
		table = binary.BigEndian.AppendUint16(table, uint16(offset+len(data)))
		table = binary.BigEndian.AppendUint16(table, uint16(len(v.value)))
		data = append(data, v.value...)
	}
	table = append(table, preEnd)
	return append(table, data...)
}

// agree gives the server's answer to the client's wish, as in the table of MS-TDS 2.2.6.5, "Encryption".
func (o *Options) agree(client byte) byte {
	switch {
	case o.NoEncryption:
		return encryptNotSupported
	case client == encryptOn, client == encryptRequired:
		return encryptOn
	case o.RequireEncryption:
		return encryptRequired
	case client == encryptNotSupported:
		return encryptNotSupported
	}
	return encryptOff
}
