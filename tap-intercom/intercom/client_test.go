package intercom_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/tap-intercom/intercom"
	"intercomdw/tap-intercom/intercomtest"
)

// newClient returns a client of a server, with the options that a test sets.
func newClient(t *testing.T, baseURL string, http *http.Client, o intercom.Options) *intercom.Client {
	t.Helper()
	o.BaseURL, o.HTTP, o.Token = baseURL, http, secret.New("tok-1")
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	c, err := intercom.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inBubble runs f with a workspace and a client that live in fake time.
func inBubble(t *testing.T, so intercomtest.Options, o intercom.Options, f func(*testing.T, *intercomtest.Server, *intercom.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		so.Pipe = true
		s := intercomtest.New(t, so)
		http := s.Client()
		defer http.CloseIdleConnections()
		f(t, s, newClient(t, s.URL, http, o))
	})
}

// handler serves one function over HTTP.
func handler(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

// noWait makes waiting take no time.
func noWait(context.Context, time.Duration) error { return nil }

var tags = intercom.ListRequest{Endpoint: "/tags", Key: "data"}

func TestEveryRequestSaysWhoAsksForWhichVersion(t *testing.T) {
	t.Parallel()
	var got http.Header
	s := handler(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		fmt.Fprint(w, `{"data":[]}`)
	})
	c := newClient(t, s.URL, nil, intercom.Options{UserAgent: "us (us@example.com)"})
	if _, err := c.All(t.Context(), tags); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer tok-1", "Intercom-Version": "2.16", "User-Agent": "us (us@example.com)", "Accept": "application/json",
	} {
		if got.Get(name) != want {
			t.Errorf("header %s = %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestTokenStaysWithAllowedHosts(t *testing.T) {
	t.Parallel()
	var strangers atomic.Int64
	stranger := handler(t, func(w http.ResponseWriter, r *http.Request) {
		strangers.Add(1)
		fmt.Fprint(w, `{"data":[]}`)
	})
	s := handler(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/tags" {
			http.Redirect(w, r, stranger.URL+"/tags", http.StatusTemporaryRedirect)
			return
		}
		// A paging URL with a strange host: only its query counts.
		if r.URL.Query().Get("page") == "" {
			fmt.Fprintf(w, `{"data":[{"id":1}],"pages":{"next":"%s/segments?page=2&per_page=5"}}`, stranger.URL)
			return
		}
		fmt.Fprintf(w, `{"data":[{"id":%s}],"pages":{"next":null}}`, r.URL.Query().Get("page"))
	})
	c := newClient(t, s.URL, nil, intercom.Options{Sleep: noWait})
	_, err := c.All(t.Context(), tags)
	if host, ok := errors.AsType[*intercom.HostError](err); !ok || host.Host != strings.TrimPrefix(stranger.URL, "http://") {
		t.Errorf("redirect to a strange host: %v, want a HostError", err)
	}
	rows, err := c.All(t.Context(), intercom.ListRequest{Endpoint: "/segments", Key: "segments"})
	if err != nil || len(rows) != 2 {
		t.Errorf("linked pages: %d rows, %v; want 2", len(rows), err)
	}
	if n := strangers.Load(); n != 0 {
		t.Errorf("the strange host was asked %d times", n)
	}
}

func TestTransientAnswersAreAskedForAgain(t *testing.T) {
	t.Parallel()
	html := "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
	for name, fault := range map[string]intercomtest.Fault{
		"500":                   {Status: 500},
		"502 with nginx's page": {Status: 502, Body: html},
		"503":                   {Status: 503},
		"504":                   {Status: 504},
		"408":                   {Status: 408},
		"409":                   {Status: 409},
		"429":                   {Status: 429},
		"404 of nginx":          {Status: 404, Body: html},
		"200 without a body":    {Status: 200, Body: " "},
		"200 with a web page":   {Status: 200, Body: html},
		"200 cut in the middle": {Cut: 40},
		"200 cut at the end":    {Cut: -1},
		"dropped connection":    {Drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, intercomtest.Options{}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
				fault.Path, fault.Times = "/tags", 3
				s.Control(fault)
				rows, err := c.All(t.Context(), tags)
				if err != nil || len(rows) == 0 {
					t.Fatalf("All after 3 faults = %d rows, %v", len(rows), err)
				}
			})
		})
	}
}

func TestFinalAnswersAreNotAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		is     error
	}{
		{400, intercom.ErrRefused}, {401, intercom.ErrUnauthorized}, {402, intercom.ErrForbidden}, {403, intercom.ErrForbidden},
		{404, intercom.ErrNotFound}, {410, intercom.ErrGone}, {422, intercom.ErrRefused}, {423, intercom.ErrScrollBusy},
	} {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			t.Parallel()
			s := intercomtest.New(t, intercomtest.Options{})
			hits := s.Control(intercomtest.Fault{Path: "/tags", Times: -1, Status: tt.status})
			c := newClient(t, s.URL, s.Client(), intercom.Options{})
			_, err := c.All(t.Context(), tags)
			if !errors.Is(err, tt.is) {
				t.Errorf("error %v, want %v", err, tt.is)
			}
			if hits.Hit() != 1 {
				t.Errorf("%d requests, want 1", hits.Hit())
			}
			if err != nil && strings.Contains(err.Error(), "tok-1") {
				t.Errorf("token in error: %v", err)
			}
		})
	}
}

func TestErrorNamesCallCodeAndRequest(t *testing.T) {
	t.Parallel()
	s := handler(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, `{"type":"error.list","request_id":"r-7","errors":[{"code":"parameter_invalid","message":"too large","field":"per_page"}]}`)
	})
	c := newClient(t, s.URL, nil, intercom.Options{})
	_, err := c.Object(t.Context(), "/conversations/{id}", "12/3", nil)
	want := "GET /conversations/{id}: HTTP 400 parameter_invalid (per_page): too large [request r-7]"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestGivesUpAfterSoManyAttempts(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{}, intercom.Options{Attempts: 4}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		hits := s.FailNext(-1, "", "/tags", 503)
		_, err := c.All(t.Context(), tags)
		if e, ok := errors.AsType[*intercom.Error](err); !ok || e.Status != 503 || !strings.Contains(err.Error(), "tried 4 times") {
			t.Errorf("error %v, want 503 after 4 tries", err)
		}
		if hits.Hit() != 4 {
			t.Errorf("%d requests, want 4", hits.Hit())
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Control(intercomtest.Fault{Path: "/tags", Status: 503, Header: http.Header{"Retry-After": {"37"}}})
		began := time.Now()
		if _, err := c.All(t.Context(), tags); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 37*time.Second || took > 38*time.Second {
			t.Errorf("waited %v, want 37s", took)
		}
	})
}

func TestCancelEndsWaiting(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.FailNext(-1, "", "/tags", 503)
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second/2, func() { cancel(cause) })
		if _, err := c.All(ctx, tags); !errors.Is(err, cause) {
			t.Errorf("error %v, want the cause of the cancellation", err)
		}
	})
}

func TestSlowAnswersTimeOutAndAreAskedForAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{}, intercom.Options{RequestTimeout: 20 * time.Second}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Control(intercomtest.Fault{Path: "/tags", Delay: time.Hour})
		began := time.Now()
		if _, err := c.All(t.Context(), tags); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 20*time.Second || took > time.Minute {
			t.Errorf("took %v, want a little more than the timeout", took)
		}
	})
}

func TestMeTellsTheTimeAtIntercom(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := intercomtest.New(t, intercomtest.Options{Clock: intercomtest.NewClock(at), Timezone: "Asia/Tokyo"})
	c := newClient(t, s.URL, s.Client(), intercom.Options{})
	me, err := c.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !me.Now.Equal(at) || me.Timezone != "Asia/Tokyo" || me.AppID == "" {
		t.Errorf("Me = %+v", me)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]intercom.Options{
		"no token":       {},
		"no host":        {Token: secret.New("x"), BaseURL: "api.intercom.io"},
		"other scheme":   {Token: secret.New("x"), BaseURL: "ftp://api.intercom.io"},
		"whole reserved": {Token: secret.New("x"), Reserve: 1},
	} {
		if _, err := intercom.NewClient(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// hostRecorder answers everything itself and notes who was asked.
type hostRecorder struct{ hosts []string }

func (h *hostRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	h.hosts = append(h.hosts, r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
	if r.URL.Host == "api.intercom.io" {
		return &http.Response{StatusCode: 307, Header: http.Header{"Location": {"https://api.eu.intercom.io/tags"}}, Body: http.NoBody, Request: r}, nil
	}
	if r.Header.Get("Authorization") == "" {
		return &http.Response{StatusCode: 401, Body: http.NoBody, Request: r}, nil
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"data":[]}`)), Request: r}, nil
}

func TestRedirectsBetweenIntercomsHostsKeepTheToken(t *testing.T) {
	t.Parallel()
	h := &hostRecorder{}
	c := newClient(t, "", &http.Client{Transport: h}, intercom.Options{})
	if _, err := c.All(t.Context(), tags); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(h.hosts, " "), "https://api.intercom.io/tags https://api.eu.intercom.io/tags"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

func TestBasePathIsKept(t *testing.T) {
	t.Parallel()
	h := &hostRecorder{}
	c := newClient(t, "https://proxy.example/intercom/", &http.Client{Transport: h}, intercom.Options{})
	if _, err := c.Object(t.Context(), "/conversations/{id}", "1/2 ?", nil); err != nil {
		t.Fatal(err)
	}
	if want := "https://proxy.example/intercom/conversations/1/2 ?"; len(h.hosts) != 1 || h.hosts[0] != want {
		t.Errorf("asked %v, want %s", h.hosts, want)
	}
}

func TestMergedContactSaysWhereItWent(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	ids, err := s.IDs("contacts")
	if err == nil {
		err = s.Merge(ids[3], ids[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s.URL, s.Client(), intercom.Options{})
	_, err = c.Object(t.Context(), "/contacts/{id}", ids[3], nil)
	if e, ok := errors.AsType[*intercom.Error](err); !ok || e.MergedInto != ids[0] {
		t.Errorf("error %#v, want one that says %s", err, ids[0])
	}
}

func TestAnObjectOfAnotherShapeIsAnError(t *testing.T) {
	t.Parallel()
	s := handler(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `[]`) })
	c := newClient(t, s.URL, nil, intercom.Options{Sleep: noWait})
	if got, err := c.Object(t.Context(), "/conversations/{id}", "1", nil); !errors.Is(err, intercom.ErrUnusable) {
		t.Errorf("Object = %s, %v, want ErrUnusable", got, err)
	}
}
