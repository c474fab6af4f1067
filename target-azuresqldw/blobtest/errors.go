package blobtest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"time"
)

// A refusal is an error that the service answers with (common-rest-api-error-codes, blob-service-error-codes).
type refusal struct {
	status int
	code   string
	detail string            // in our words
	header map[string]string // to send along
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.code, r.detail) }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, detail: fmt.Sprintf(format, args...)}
}

func noContainer() error { return refuse(404, "ContainerNotFound", "no such container") }
func noBlob() error      { return refuse(404, "BlobNotFound", "no such blob") }

func badHeader(name, value string) error {
	return refuse(400, "InvalidHeaderValue", "header %s: %q", name, value)
}

func badParameter(name, value string) error {
	return refuse(400, "InvalidQueryParameterValue", "parameter %s: %q", name, value)
}

// unauthentic is the answer to a signature that does not fit, whatever the reason; Azure tells it in a field of
// the body (status-and-error-codes2).
func unauthentic(format string, args ...any) error {
	return refuse(403, "AuthenticationFailed", format, args...)
}

// errorBody is the XML of a refusal (status-and-error-codes2).
type errorBody struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
	Detail  string `xml:"AuthenticationErrorDetail,omitempty"`
}

// answer returns the refusal as an answer.
func (r *refusal) answer(requestID string, now time.Time) *answer {
	body := errorBody{
		Code:    r.code,
		Message: fmt.Sprintf("%s\nRequestId:%s\nTime:%s", r.detail, requestID, now.UTC().Format(time.RFC3339Nano)),
	}
	if r.code == "AuthenticationFailed" {
		body.Detail = r.detail
	}
	a := &answer{status: r.status, header: map[string]string{"x-ms-error-code": r.code}}
	for name, value := range r.header {
		a.header[name] = value
	}
	if r.status != http.StatusNotModified {
		a.xml(body)
	}
	return a
}
