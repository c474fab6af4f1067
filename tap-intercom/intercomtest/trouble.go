package intercomtest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// answer writes what a fault answers by itself.
func (f *Fault) answer(w http.ResponseWriter) {
	if f.Foreign {
		for name := range w.Header() {
			if name != "Date" {
				w.Header().Del(name)
			}
		}
		w.Header().Set("Server", "awselb/2.0")
		w.Header().Set("Content-Type", "text/html")
	}
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	body := []byte(f.Body)
	if len(body) == 0 && f.Foreign {
		title := strconv.Itoa(f.Status) + " " + http.StatusText(f.Status)
		body = []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n")
	}
	if len(body) == 0 && f.Status >= 400 {
		body = errorBody(errorCode(f.Status), http.StatusText(f.Status))
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write(body)
}

// errorCode is the code that usually comes with a status.
func errorCode(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusPaymentRequired, http.StatusForbidden:
		return "api_plan_restricted"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusConflict:
		return "conflict"
	case http.StatusGone:
		return "contact_merged"
	case http.StatusUnprocessableEntity:
		return "data_invalid"
	case http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	case http.StatusServiceUnavailable:
		return "service_unavailable"
	case http.StatusGatewayTimeout:
		return "request_timeout"
	}
	if status >= 500 {
		return "server_error"
	}
	return "bad_request"
}

// hangUp closes the connection under an answer.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// cutShort sends a part of the real answer and hangs up.
func cutShort(w http.ResponseWriter, r *http.Request, n int, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	body := whole.Body.Bytes()
	if n < 0 {
		n = max(len(body)+n, 0)
	}
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(whole.Code)
	_, _ = w.Write(body[:min(n, len(body))])
	_ = http.NewResponseController(w).Flush()
	hangUp(w)
}

func reread(body []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
