package blobtest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// A Request is what the server was asked and what it answered.
type Request struct {
	Operation Operation
	Method    string
	Container string
	Blob      string
	Query     url.Values  // without the signature of a SAS
	Header    http.Header // without Authorization
	Auth      string      // how it proved itself: "SharedKey", "service SAS", "account SAS", or "" when it did not
	Bytes     int         // of the request's body, as far as it was read
	Status    int         // of the answer; 0 when the connection was dropped instead
	Code      string      // x-ms-error-code of the answer
}

// maxRequests is how many requests the server remembers, so that one that runs for days does not grow.
const maxRequests = 10_000

// Requests returns the requests that were answered so far, in the order of their answers: the latest 10,000.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ForgetRequests empties what Requests returns.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// An answer is a response before it is sent.
type answer struct {
	status int
	header map[string]string
	body   []byte
}

func (a *answer) xml(v any) {
	body, err := xml.Marshal(v)
	if err != nil {
		panic("blobtest: " + err.Error()) // our own types
	}
	a.header["Content-Type"] = "application/xml"
	a.body = append([]byte(xml.Header), body...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := s.parse(r)
	s.mu.Lock()
	s.serial++
	id := fmt.Sprintf("b10b7e57-0000-4000-8000-%012x", s.serial)
	s.mu.Unlock()

	a := s.withFaults(c, id, func() *answer {
		a, err := s.handle(c)
		if err != nil {
			return s.refused(err, id)
		}
		return a
	})
	s.record(c, a)
	if a == nil {
		s.log.Debug("connection dropped", "operation", c.op.name, "blob", c.container+"/"+c.blob, "took", time.Since(start))
		panic(http.ErrAbortHandler)
	}
	s.log.Debug("request", "operation", c.op.name, "blob", c.container+"/"+c.blob, "bytes", len(c.body),
		"status", a.status, "code", a.header["x-ms-error-code"], "took", time.Since(start))
	s.send(w, c, a, id)
}

// refused returns the answer for an error, which is a refusal unless the client went away.
func (s *Server) refused(err error, id string) *answer {
	var r *refusal
	if !errors.As(err, &r) {
		r = refuse(400, "InvalidInput", "%v", err)
	}
	return r.answer(id, s.now())
}

// handle does what is asked, unless it is not allowed.
func (s *Server) handle(c *call) (*answer, error) {
	if c.account != s.Account {
		return nil, refuse(404, "ResourceNotFound", "no account %q here", c.account)
	}
	if err := s.authorize(c); err != nil {
		return nil, err
	}
	if c.op.do == nil {
		return nil, refuse(501, "NotImplemented", "%s %s is not in blobtest", c.request.Method, c.request.URL.Path)
	}
	if err := checkVersion(c); err != nil {
		return nil, err
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c.op.do(s, c)
}

// checkVersion wants an x-ms-version that looks like one, of all requests but those with a SAS, whose sv stands for
// it (versioning-for-the-azure-storage-services).
func checkVersion(c *call) error {
	v := c.header("x-ms-version")
	if v == "" && c.auth != "SharedKey" {
		return nil
	}
	if v == "" {
		return refuse(400, "MissingRequiredHeader", "header x-ms-version")
	}
	if !versionForm.MatchString(v) {
		return badHeader("x-ms-version", v)
	}
	return nil
}

var versionForm = regexp.MustCompile(`^20\d\d-\d\d-\d\d$`)

// read reads the body of a PUT. Its length must be told (put-blob, put-block, put-block-list).
func (c *call) read() error {
	if c.request.Method != http.MethodPut {
		return nil
	}
	limit := int64(maxPutBlob)
	if c.op.name == PutBlock {
		limit = maxPutBlock
	}
	switch n := c.request.ContentLength; {
	case n < 0:
		return refuse(411, "MissingContentLengthHeader", "header Content-Length")
	case n > limit:
		return refuse(413, "RequestBodyTooLarge", "%d bytes, the limit is %d", n, limit)
	default:
		c.body = make([]byte, n)
		read, err := io.ReadFull(c.request.Body, c.body)
		c.body = c.body[:read]
		return err
	}
}

// send writes the answer with the headers that all answers have (common-rest-api-response-headers).
func (s *Server) send(w http.ResponseWriter, c *call, a *answer, id string) {
	h := w.Header()
	h.Set("x-ms-request-id", id)
	h.Set("Server", "Windows-Azure-Blob/1.0 blobtest")
	h.Set("Date", s.now().UTC().Format(http.TimeFormat))
	if v := c.header("x-ms-version"); v != "" {
		h.Set("x-ms-version", v)
	} else if v := c.query.Get("sv"); v != "" {
		h.Set("x-ms-version", v)
	}
	if v := c.header("x-ms-client-request-id"); v != "" && len(v) <= 1024 {
		h.Set("x-ms-client-request-id", v)
	}
	for name, value := range a.header {
		h[http.CanonicalHeaderKey(name)] = []string{value}
	}
	if h.Get("Content-Length") == "" && a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if c.request.Method != http.MethodHead {
		_, _ = w.Write(a.body) // a client that went away is not our concern
	}
}

// record remembers a request; a is nil when the connection was dropped.
func (s *Server) record(c *call, a *answer) {
	r := c.public()
	if a != nil {
		r.Status, r.Code = a.status, a.header["x-ms-error-code"]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == maxRequests {
		s.requests = slices.Delete(s.requests, 0, maxRequests/10)
	}
	s.requests = append(s.requests, r)
}

// public returns the call as tests see it.
func (c *call) public() Request {
	query := maps.Clone(c.query)
	delete(query, "sig")
	header := c.request.Header.Clone()
	header.Del("Authorization")
	return Request{
		Operation: c.op.name,
		Method:    c.request.Method,
		Container: c.container,
		Blob:      c.blob,
		Query:     query,
		Header:    header,
		Auth:      c.auth,
		Bytes:     len(c.body),
	}
}
