package tds

import (
	"encoding/binary"
	"strconv"
)

// Kinds of ENVCHANGE (MS-TDS 2.2.7.9).
const (
	envDatabase   = 1
	envLanguage   = 2
	envPacketSize = 4
	envCollation  = 7
	envBegin      = 8
	envCommit     = 9
	envRollback   = 10
	envReset      = 18
)

func (r *response) envChange(kind byte, values ...[]byte) {
	body := []byte{kind}
	for _, v := range values {
		body = append(body, v...)
	}
	r.lengthed(tokenEnvChange, body)
}

// short writes B_VARBYTE.
func short(b []byte) []byte { return append([]byte{byte(len(b))}, b...) }

func name(s string) []byte { return appendName(nil, s) }

// welcome answers a login. It goes out in packets of 4096 bytes; the size that was agreed on begins after it.
func (c *conn) welcome() error {
	size := min(max(c.login.packetSize, 512), maxPacket)
	if c.login.packetSize == 0 {
		size = loginSize // 0 asks for the server's choice
	}
	if c.login.TLS {
		size = min(size, maxPacketInTLS)
	}
	r := newResponse(c, false)
	database := c.session.Database()
	r.envChange(envDatabase, name(database), name("master"))
	r.message(tokenInfo, &Error{Number: 5701, State: 2, Message: "Changed database context to '" + database + "'."}, 0)
	r.envChange(envCollation, short(collationBytes("")), short(nil))
	r.envChange(envLanguage, name("us_english"), name(""))
	r.message(tokenInfo, &Error{Number: 5703, Message: "Changed language setting to us_english."}, 0)

	ack := binary.BigEndian.AppendUint32([]byte{1}, c.login.Version)
	ack = appendName(ack, "Microsoft SQL Server")
	r.lengthed(tokenLoginAck, append(ack, 12, 0, 0x07, 0xD0))
	r.envChange(envPacketSize, name(strconv.Itoa(size)), name(strconv.Itoa(loginSize)))
	if c.login.fedAuth {
		r.w.Write([]byte{tokenFeatureAck, featureFedAuth})
		r.w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(c.login.nonce))))
		r.w.Write(append(c.login.nonce, featureEnd))
	}
	err := r.finish()
	c.size = size
	return err
}
