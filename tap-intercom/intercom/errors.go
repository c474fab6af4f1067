package intercom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What an *Error can be asked with errors.Is.
var (
	// ErrUnauthorized: the token is missing, wrong, revoked or blocked. Nothing
	// else will work either. As ErrForbidden it is in Intercom's own words: the
	// same status with a page of a load balancer's comes and goes with a good token.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the token's scopes or the workspace's plan do not cover
	// this call. Other calls may work.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: the thing asked for does not exist, perhaps not any more.
	ErrNotFound = errors.New("not found")
	// ErrGone: the contact was merged into another one.
	ErrGone = errors.New("gone")
	// ErrScrollBusy: another scroll of this app is open.
	ErrScrollBusy = errors.New("scroll busy")
	// ErrRefused: the request itself was not accepted (400, 422).
	ErrRefused = errors.New("request refused")
)

// ErrPageLoop says that paging went in circles: a cursor came back, or a page
// did not advance. What was read before is good; what follows is out of reach.
var ErrPageLoop = errors.New("pages go in circles")

// ErrBrokenOff says that a list or a search broke off: a page after its first was
// refused, or failed for good. What was read before is good, and what follows may
// be in reach of another search.
var ErrBrokenOff = errors.New("broke off after its first page")

// ErrUnusable says that an answer of success had no usable body, however often
// it was asked for: empty, cut short, not JSON, or of another shape.
var ErrUnusable = errors.New("unusable answer")

// ErrUnreachable says that there was no answer at all, however often it was tried, or
// a redirect to another host only.
var ErrUnreachable = errors.New("unreachable")

// Error is an answer that is not a success, of Intercom or of what stands before it.
type Error struct {
	Method    string
	Endpoint  string
	Status    int
	Own       bool   // the body was an error.list, which is how Intercom says it
	Code      string // Intercom's code of the first error, "" when the body was not Intercom's
	Message   string
	Field     string
	RequestID string
	// MergedInto is the contact that the one asked for was merged into, as a
	// 410 says in its Link; "" when it does not.
	MergedInto string
}

// Error names the call, the status and what Intercom said about it.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: HTTP %d", e.Method, e.Endpoint, e.Status)
	if e.Code != "" {
		fmt.Fprintf(&b, " %s", e.Code)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, " (%s)", e.Field)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.foreignRefusal() || e.Status == http.StatusNotFound && !e.Own {
		b.WriteString(", not in Intercom's own words: a proxy's, a firewall's or a load balancer's")
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " [request %s]", e.RequestID)
	}
	return b.String()
}

// Is sorts the error under one of the package's sentinels.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized && e.Own
	case ErrForbidden:
		return (e.Status == http.StatusForbidden || e.Status == http.StatusPaymentRequired) && e.Own || e.Code == "api_plan_restricted"
	case ErrNotFound:
		return e.Status == http.StatusNotFound && e.Code != "" // a proxy's page says nothing of the thing
	case ErrGone:
		return e.Status == http.StatusGone
	case ErrScrollBusy:
		return e.Code == "scroll_exists" || e.Status == http.StatusLocked
	case ErrJobBusy:
		// The same status, and the same code, as for too many requests.
		return e.Status == http.StatusTooManyRequests && strings.Contains(e.Message, "export job")
	case ErrRefused:
		return e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity
	}
	return false
}

// foreignRefusal reports whether the answer refuses the token and is not
// Intercom's. Pages of a load balancer come and go (topic 4656 of Intercom's
// community).
func (e *Error) foreignRefusal() bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		return !e.Own
	}
	return false
}

// transient reports whether the same request may succeed a little later.
func (e *Error) transient() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotFound:
		// A 404 that is not Intercom's own comes from a proxy before it
		// (a bare nginx page, seen by others during deployments).
		return e.Code == ""
	}
	return e.Status >= 500 || e.foreignRefusal()
}

// Sick reports whether the answer speaks of trouble on the way or at Intercom,
// rather than of the request: it did not pass with the tries that were made.
func (e *Error) Sick() bool { return e.transient() }

// HostError says that a redirect led to a host the token must not be sent to.
type HostError struct{ Host string }

// Error names the host.
func (e *HostError) Error() string {
	return fmt.Sprintf("redirect to %s refused: the access token is for Intercom and base_url only", e.Host)
}

// bodyError says that a successful answer had no usable body: it was empty,
// cut short, or not JSON, or of another shape. Intercom's proxies do the first
// three; asking again helps.
type bodyError struct {
	method, endpoint string
	err              error
}

func (e *bodyError) Error() string {
	return fmt.Sprintf("%s %s: unusable answer: %v", e.method, e.endpoint, e.err)
}

func (e *bodyError) Unwrap() error        { return e.err }
func (e *bodyError) Is(target error) bool { return target == ErrUnusable }

// noAnswerError says that a request was not answered: there was no connection, it
// was lost, or nothing came in time.
type noAnswerError struct {
	method, endpoint string
	err              error
}

func (e *noAnswerError) Error() string        { return fmt.Sprintf("%s %s: %v", e.method, e.endpoint, e.err) }
func (e *noAnswerError) Unwrap() error        { return e.err }
func (e *noAnswerError) Is(target error) bool { return target == ErrUnreachable }

// brokenOff is err as the error of a page that is not the first. What ends the
// caller, or would refuse any other page too, stays what it is.
func brokenOff(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrForbidden) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBrokenOff, err)
}

// errorFrom reads Intercom's error list out of body as far as it is there.
func errorFrom(r *request, status int, header http.Header, body []byte) *Error {
	e := &Error{Method: r.method, Endpoint: r.endpoint, Status: status}
	if status == http.StatusGone {
		e.MergedInto = canonical(header.Get("Link"))
	}
	var list struct {
		Type      string `json:"type"`
		RequestID string `json:"request_id"`
		Errors    []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Field   string `json:"field"`
		} `json:"errors"`
	}
	// HTML of a proxy, or nothing: the status says what is known then.
	_ = json.Unmarshal(body, &list, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	e.RequestID, e.Own = list.RequestID, list.Type == "error.list"
	if len(list.Errors) > 0 {
		first := list.Errors[0]
		e.Code, e.Message, e.Field = first.Code, first.Message, first.Field
		e.Own = e.Own || first.Code != ""
	}
	return e
}

// canonical is the id at the end of a Link header:
// <https://api.intercom.io/contacts/6762f14a>; rel="canonical".
func canonical(link string) string {
	address, rel, _ := strings.Cut(link, ">")
	if !strings.Contains(rel, "canonical") {
		return ""
	}
	return address[strings.LastIndexByte(address, '/')+1:]
}
