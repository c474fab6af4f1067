package intercomtest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A request is what a handler is given: the HTTP request, already let in,
// with its body read.
type request struct {
	*http.Request
	query   url.Values
	body    []byte
	version version
	now     int64 // unix seconds on the server's clock
	endless bool  // Options.EndlessPages
}

// flag tells whether a boolean query parameter is on.
func (r *request) flag(name string) bool { return r.query.Get(name) == "true" }

// An answer is what a handler gives back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// A handler answers one kind of request. It is called with the workspace
// locked: for reading, unless its route says that it writes.
type handler func(s *Server, r *request) answer

// A route names a handler by method and pattern, as http.ServeMux writes them.
type route struct {
	pattern string
	since   version // the first API version that has it; zero: all
	handle  handler
}

func ok(body []byte) answer { return answer{status: http.StatusOK, body: body} }

func okObject(o Object) answer { return ok(encode(o)) }

// fail is an error.list with one error, the shape of all the API's errors.
func fail(status int, code, message string) answer {
	return answer{status: status, body: errorBody(code, message)}
}

func errorBody(code, message string) []byte {
	var w writer
	w.value("type", "error.list")
	w.value("request_id", nil) // set to the X-Request-Id on the way out
	w.list("errors", [][]byte{encode(Object{"code": code, "message": message})})
	return w.object()
}

func badParameter(message string) answer {
	return fail(http.StatusBadRequest, "parameter_invalid", message)
}

func notFound(message string) answer {
	return fail(http.StatusNotFound, "not_found", message)
}

// A writer puts a JSON object together member by member, in the order given,
// from parts that are already JSON.
type writer struct{ b []byte }

func (w *writer) name(name string) {
	if len(w.b) == 0 {
		w.b = append(w.b, '{')
	} else {
		w.b = append(w.b, ',')
	}
	w.b = append(strconv.AppendQuote(w.b, name), ':')
}

func (w *writer) value(name string, v any) { w.raw(name, encode(v)) }

func (w *writer) raw(name string, v []byte) {
	w.name(name)
	w.b = append(w.b, v...)
}

func (w *writer) list(name string, items [][]byte) {
	w.name(name)
	w.b = append(w.b, '[')
	for i, item := range items {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, item...)
	}
	w.b = append(w.b, ']')
}

func (w *writer) object() []byte {
	if len(w.b) == 0 {
		return []byte("{}")
	}
	return append(w.b, '}')
}

// extend starts a writer with the members that an encoded object has.
func extend(object []byte) writer {
	w := writer{b: make([]byte, 0, len(object)+1024)}
	if len(object) > 2 {
		w.b = append(w.b, object[:len(object)-1]...)
	}
	return w
}

// A version is an API version, 216 for 2.16.
type version int

const (
	v216 version = 216
	v217 version = 217
)

// parseVersion reads an Intercom-Version header.
func parseVersion(s string) (version, bool) {
	if s == "Preview" || s == "Unstable" {
		return v217, true
	}
	major, minor, found := strings.Cut(s, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	known := found && err == nil && err2 == nil && (a == 1 && b <= 4 || a == 2 && b <= 17)
	return version(a*100 + b), known
}

func (v version) String() string { return strconv.Itoa(int(v)/100) + "." + strconv.Itoa(int(v)%100) }
