package linetest

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
)

// passTDS passes messages on until one side ends or the connection dies.
func passTDS(l *Line, client, server net.Conn) {
	var mu sync.Mutex
	dead := false
	// one passes a message on, or ends both ways: with nil when there is none to pass.
	one := func(m []byte, to net.Conn, d Direction) bool {
		mu.Lock()
		defer mu.Unlock()
		if dead {
			return false
		}
		if m != nil && l.strikes(d) {
			dead = true
			if l.cut.Within {
				to.Write(m[:len(m)/2])
			}
			l.die(client, server)
			return false
		}
		if m != nil {
			if _, err := to.Write(m); err == nil {
				return true
			}
		}
		dead = true
		client.Close()
		server.Close()
		return false
	}
	pass := func(from, to net.Conn, d Direction) {
		for {
			m, _ := readTDS(from) // an error ends the connection, as its end does
			if !one(m, to, d) {
				return
			}
		}
	}
	var both sync.WaitGroup
	both.Go(func() { pass(client, server, ToServer) })
	pass(server, client, ToClient)
	both.Wait()
}

// readTDS reads a message: packets up to the one that says it is the last (MS-TDS 2.2.3.1).
func readTDS(r io.Reader) (message []byte, err error) {
	for {
		header := make([]byte, 8)
		if _, err := io.ReadFull(r, header); err != nil {
			return nil, err
		}
		body := make([]byte, max(int(binary.BigEndian.Uint16(header[2:])), len(header))-len(header))
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, err
		}
		message = append(append(message, header...), body...)
		const last = 1
		if header[1]&last != 0 {
			return message, nil
		}
	}
}
