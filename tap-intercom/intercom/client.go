// Package intercom is a client for reading Intercom's REST API.
//
// It knows the API and nothing of Singer: authentication, the paging dialects
// as iterators over raw JSON, the rate limit, what to retry and what an error
// means. What is asked for, in which order, and what becomes of the answers is
// left to the caller.
//
// Every request of one [Client] goes through one limiter, however many
// goroutines use the client: Intercom counts calls per app and per workspace,
// and only its X-RateLimit headers are to be trusted.
//
// The access token is sent to the host of [Options.BaseURL] and, when a
// redirect leads there, to Intercom's own hosts. Of the URLs that Intercom
// puts into its answers only the query is used.
package intercom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"intercomdw/singer/secret"
)

// The hosts Intercom serves its API from, one per region.
const (
	US = "https://api.intercom.io"
	EU = "https://api.eu.intercom.io"
	AU = "https://api.au.intercom.io"
)

// DefaultVersion is the API version asked for when Options names none. It is
// always sent: without it an app gets whatever its Developer Hub page says.
const DefaultVersion = "2.16"

// Options says how a Client reaches Intercom. Only Token is needed.
type Options struct {
	BaseURL        string        // default US
	Token          secret.String // sent as a bearer token
	Version        string        // default DefaultVersion
	UserAgent      string        // default "tap-intercom"
	RequestTimeout time.Duration // for one attempt, body included; default 300 s
	Reserve        float64       // share of each rate window left to other apps, 0 to 0.9; default 0
	PageSize       int           // most items asked for in one page of a search; default 150, the API's limit
	Attempts       int           // how often one request is tried; default 8
	Concurrency    int           // most requests under way at once; 0: no bound but the rate limit
	Log            *slog.Logger  // default: nothing is logged
	HTTP           *http.Client  // default: a client of its own

	// Now and Sleep are the client's clock; tests hand in their own.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error

	// Observe, when set, is told of every attempt, from any goroutine.
	Observe func(Attempt)
}

// Attempt is one HTTP exchange, or one that did not come about.
type Attempt struct {
	Method   string
	Endpoint string // path with {id} in place of ids
	Status   int    // 0 when there was no answer
	Bytes    int
	Took     time.Duration
	Err      error // why the attempt did not succeed
}

// Client reads one workspace. It is safe for concurrent use.
type Client struct {
	base     *url.URL
	token    secret.String
	header   http.Header
	http     *http.Client
	timeout  time.Duration
	pageSize int
	attempts int
	limiter  *limiter
	long     *longWaits
	log      *slog.Logger
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	observe  func(Attempt)
	tried    atomic.Int64
	served   atomic.Int64
	date     atomic.Int64 // unix seconds, as the answer said that came last; 0 when none did
}

// Requests is how many requests have been sent, those that were repeated too.
func (c *Client) Requests() int64 { return c.tried.Load() }

// Served is how many requests were answered with success, those for /me apart:
// none, and the token opens nothing.
func (c *Client) Served() int64 { return c.served.Load() }

// NewClient returns a client that has not yet talked to anybody.
func NewClient(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(cmp.Or(o.BaseURL, US), "/"))
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if (base.Scheme != "https" && base.Scheme != "http") || base.Host == "" {
		return nil, fmt.Errorf("base URL %q: want https://host", o.BaseURL)
	}
	if o.Token.IsZero() {
		return nil, errors.New("no access token")
	}
	if o.Reserve < 0 || o.Reserve > 0.9 {
		return nil, fmt.Errorf("rate limit reserve %v: want 0 to 0.9", o.Reserve)
	}
	c := &Client{
		base:     base,
		token:    o.Token,
		timeout:  cmp.Or(o.RequestTimeout, 300*time.Second),
		pageSize: cmp.Or(o.PageSize, 150),
		attempts: cmp.Or(o.Attempts, 8),
		log:      o.Log,
		now:      o.Now,
		sleep:    o.Sleep,
		observe:  o.Observe,
		header: http.Header{
			"Accept":           {"application/json"},
			"Intercom-Version": {cmp.Or(o.Version, DefaultVersion)},
			"User-Agent":       {cmp.Or(o.UserAgent, "tap-intercom")},
		},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.observe == nil {
		c.observe = func(Attempt) {}
	}
	c.long = newLongWaits(c.log, c.now)
	c.limiter = &limiter{now: c.now, sleep: c.sleep, reserve: o.Reserve, width: newWidth(o.Concurrency), long: c.long}
	c.http = &http.Client{Transport: transport()}
	if o.HTTP != nil {
		*c.http = *o.HTTP
	}
	c.http.CheckRedirect = c.checkRedirect
	return c, nil
}

// maxIdle is how many connections are kept between requests. Two, net/http's
// default, would have many requests at once dial again and again wherever
// HTTP/2 is not spoken: through proxies, and to a simulator.
const maxIdle = 64

func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // somebody's own
	}
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*maxIdle, maxIdle
	// One connection of HTTP/2 carries every request. When the network has swallowed it, a request that gives up leaves it to the
	// next ones, for a quarter of an hour; a ping without an answer ends it.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second}
	return t
}

// allowed reports whether the token may be sent to u: to the configured host
// over the configured scheme, or to Intercom over TLS.
func (c *Client) allowed(u *url.URL) bool {
	if u.Scheme == c.base.Scheme && strings.EqualFold(u.Host, c.base.Host) {
		return true
	}
	return u.Scheme == "https" && slices.Contains([]string{US, EU, AU}, "https://"+strings.ToLower(u.Host))
}

// checkRedirect follows redirects between Intercom's hosts only. net/http
// drops the token when the host changes, so it is put back where it may go.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return errors.New("more than 5 redirects")
	}
	if !c.allowed(req.URL) {
		return &HostError{Host: req.URL.Host}
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	return nil
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
