package intercom

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	firstBackoff = time.Second
	maxBackoff   = time.Minute
	// maxThrottles bounds how often one request waits for a new rate window.
	// Other apps may take several windows in a row; an hour of them is an
	// outage.
	maxThrottles = 100
	// maxBody is far above the largest page seen (150 conversations with
	// bodies); beyond it something other than the API is answering.
	maxBody = 512 << 20
)

// request is one call, however often it has to be sent.
type request struct {
	method   string
	endpoint string // "/contacts/{id}/tags": names the call in logs and errors
	path     string // endpoint with its {id} filled in
	query    url.Values
	body     func() []byte    // asked before each attempt; nil for none
	failed   func(error)      // told before the request is repeated; may be nil
	stop     func(error) bool // says that the request must not be repeated; may be nil
	once     bool             // net/http must not repeat it either
	timeout  time.Duration    // of one attempt; 0: the client's
	// accept says what is wrong with the body of a success, which is then asked for
	// again; nil takes any JSON.
	accept func(jsontext.Value) error
	// sink takes the body of a success as it comes, from its beginning at each
	// attempt; nil for JSON.
	sink func(io.Reader) (int64, error)
}

// get is a request for one path; id fills the {id} of endpoint.
func get(endpoint, id string, query url.Values) *request {
	return &request{
		method:   http.MethodGet,
		endpoint: endpoint,
		path:     strings.Replace(endpoint, "{id}", url.PathEscape(id), 1),
		query:    query,
	}
}

// answer is a successful response: its body, read to the end and known to be
// JSON, and the header's date.
type answer struct {
	body jsontext.Value
	date time.Time // zero when the header had none
}

// send sends r until it succeeds, is refused for good, or has been tried often
// enough.
func (c *Client) send(ctx context.Context, r *request) (answer, error) {
	backoff := firstBackoff
	throttled := 0
	for attempt := 1; ; {
		a, header, err := c.try(ctx, r)
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil {
			return answer{}, fmt.Errorf("%s %s: %w", r.method, r.endpoint, context.Cause(ctx))
		}
		if !transient(err) || (r.stop != nil && r.stop(err)) {
			return answer{}, err
		}
		wait := retryAfter(header, c.now())
		if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusTooManyRequests {
			// The window is full: not this request's fault, so it does not
			// count as an attempt. Everybody waits.
			if throttled++; throttled > maxThrottles {
				return answer{}, err
			}
			if wait == 0 {
				wait = max(untilReset(header, c.now()), time.Second)
			}
			c.log.Debug("rate limit reached", "endpoint", r.endpoint, "wait", wait)
			c.limiter.pause(wait)
			continue
		}
		if attempt++; attempt > c.attempts {
			return answer{}, fmt.Errorf("%w (tried %d times)", err, c.attempts)
		}
		if wait == 0 {
			wait = time.Duration(rand.Int64N(int64(backoff))) + backoff/10
			backoff = min(2*backoff, maxBackoff)
		}
		c.log.Warn("request repeated", "endpoint", r.endpoint, "attempt", attempt, "wait", wait.Round(time.Millisecond), "err", err)
		if r.failed != nil {
			r.failed(err)
		}
		if err := c.sleep(ctx, min(wait, 10*time.Minute)); err != nil {
			return answer{}, fmt.Errorf("%s %s: %w", r.method, r.endpoint, err)
		}
	}
}

// transient reports whether a request that ended in err may be sent again.
// Whatever happened to the connection is worth another try: reading is all
// this client does. So is a redirect to another host: the login page of a proxy
// comes and goes as its other pages do.
func transient(err error) bool {
	e, answered := errors.AsType[*Error](err)
	return !answered || e.transient()
}

// try sends r once and reads the whole answer.
func (c *Client) try(ctx context.Context, r *request) (a answer, header http.Header, err error) {
	if err := c.limiter.start(ctx); err != nil {
		return a, nil, err
	}
	c.tried.Add(1)
	began := c.now()
	seen := Attempt{Method: r.method, Endpoint: r.endpoint}
	defer func() {
		c.limiter.done(r.endpoint, began, seen.Status, header)
		seen.Took, seen.Err = c.now().Sub(began), err
		c.observe(seen)
	}()

	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.timeout, c.timeout))
	defer cancel()
	ctx, still := newStill(ctx, c.timeout)
	defer still.end()
	req, err := c.request(ctx, r)
	if err != nil {
		return a, nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return a, nil, &noAnswerError{r.method, r.endpoint, still.judge(withoutURL(err))}
	}
	defer resp.Body.Close()
	resp.Body = &movingBody{resp.Body, still}
	header, seen.Status = resp.Header, resp.StatusCode
	if at, err := http.ParseTime(header.Get("Date")); err == nil {
		a.date = at
		c.date.Store(at.Unix())
	}
	if r.sink != nil && resp.StatusCode < 300 {
		n, err := r.sink(resp.Body)
		seen.Bytes = int(n)
		if err != nil {
			return a, header, &bodyError{r.method, r.endpoint, err}
		}
		c.serve(r)
		return a, header, nil
	}
	body, err := readBody(resp)
	seen.Bytes = len(body)
	if resp.StatusCode >= 300 {
		return a, header, errorFrom(r, resp.StatusCode, header, body)
	}
	if err == nil {
		err = checkJSON(body)
	}
	if err == nil && r.accept != nil {
		if err = r.accept(body); err != nil {
			err = withWords(err, errorFrom(r, resp.StatusCode, header, body))
		}
	}
	if err != nil {
		return a, header, &bodyError{r.method, r.endpoint, err}
	}
	a.body = body
	c.serve(r)
	return a, header, nil
}

// serve counts a success.
func (c *Client) serve(r *request) {
	if r.endpoint != meEndpoint {
		c.served.Add(1)
	}
}

// request builds the HTTP request. The host is always the client's own.
func (c *Client) request(ctx context.Context, r *request) (*http.Request, error) {
	u := *c.base
	u.Path, u.RawPath = "", ""
	target := u.String() + c.base.EscapedPath() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var body []byte
	if r.body != nil {
		body = r.body()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.endpoint, err)
	}
	if r.once {
		// On a connection that was used before, net/http sends a GET again when
		// the server hangs up; not so with a body that it cannot rewind. An
		// empty one is not sent.
		req.Body, req.GetBody = io.NopCloser(strings.NewReader("")), nil
	}
	req.Header = c.header.Clone()
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	if r.sink != nil {
		req.Header.Set("Accept", "application/octet-stream")
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// readBody reads resp's body to its end. A body cut short is an error.
func readBody(resp *http.Response) ([]byte, error) {
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= maxBody {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && n > maxBody {
		err = fmt.Errorf("longer than %d bytes", maxBody)
	}
	return b.Bytes(), err
}

// checkJSON says what is wrong with a body that is not one JSON value.
func checkJSON(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("empty body")
	}
	if !jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return errors.New("not JSON")
	}
	return nil
}

// withWords adds to err what an error list says that came as a success.
func withWords(err error, said *Error) error {
	if said.Code == "" && said.Message == "" {
		return err
	}
	return fmt.Errorf("%w; it says %s: %s", err, said.Code, said.Message)
}

// retryAfter is what a Retry-After header asks for, in seconds or as a date;
// 0 without one.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// withoutURL strips net/http's "Get <url>:" prefix; the endpoint is named
// already and the query may be long.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
