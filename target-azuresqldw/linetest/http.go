package linetest

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
)

// passHTTP passes a request on and then its answer, again and again.
func passHTTP(l *Line, client, server net.Conn) {
	requests, answers := bufio.NewReader(client), bufio.NewReader(server)
	end := func() {
		client.Close()
		server.Close()
	}
	// one sends a message, or the part of it that is left to a connection that dies.
	one := func(m []byte, to io.Writer, d Direction) bool {
		if l.strikes(d) {
			if l.cut.Within {
				to.Write(m[:len(m)/2])
			}
			l.die(client, server)
			return false
		}
		if _, err := to.Write(m); err != nil {
			end()
			return false
		}
		return true
	}
	for {
		request, err := http.ReadRequest(requests)
		if err != nil {
			end()
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			end()
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		var m bytes.Buffer
		if request.Write(&m) != nil || !one(m.Bytes(), server, ToServer) {
			return
		}
		answer, err := http.ReadResponse(answers, request)
		if err != nil {
			end()
			return
		}
		text, err := httputil.DumpResponse(answer, true)
		answer.Body.Close()
		if err != nil {
			end()
			return
		}
		if !one(text, client, ToClient) {
			return
		}
	}
}
