package intercomtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

func TestFaultHitsTheRequestsItIsFor(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	c := s.Control(intercomtest.Fault{Method: "GET", Path: "/contacts/*", Skip: 1, Times: 2, Status: 503})
	contact := "/contacts/" + mustIDs(t, s, "contacts")[0]
	var got []int
	for _, path := range []string{contact, "/me", contact, contact + "/tags", contact, contact} {
		status, o, _ := call(t, s, "GET", path, "")
		if status == 503 && errorCode(o) != "service_unavailable" {
			t.Errorf("503 with %v, want service_unavailable", o)
		}
		got = append(got, status)
	}
	if want := "[200 200 503 200 503 200]"; fmt.Sprint(got) != want {
		t.Errorf("statuses %v, want %v", got, want)
	}
	if c.Hit() != 2 {
		t.Errorf("hit %d requests, want 2", c.Hit())
	}
}

func TestFaultForATreeStaysUntilRemoved(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	c := s.Control(intercomtest.Fault{
		Path: "/conversations/**", Times: -1, Status: 502, Body: "<html>Bad Gateway</html>", Header: http.Header{"Content-Type": {"text/html"}},
	})
	for range 3 {
		status, raw, header, err := send(t, s, "", "POST", "/conversations/search", `{"query": {}}`)
		if err != nil || status != 502 || string(raw) != "<html>Bad Gateway</html>" || header.Get("Content-Type") != "text/html" {
			t.Fatalf("got %d %q %v, want the fault's own answer", status, raw, err)
		}
	}
	c.Remove()
	if status, _, _ := call(t, s, "POST", "/conversations/search", `{"query": {}}`); status != http.StatusOK {
		t.Errorf("after Remove: %d, want 200", status)
	}
}

// TestLoadBalancerRefusesAllButWhatIsExcepted answers as what stands before the
// service does.
func TestLoadBalancerRefusesAllButWhatIsExcepted(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	control(t, s, "POST", "faults", `{"except": "/me", "times": -1, "status": 403, "foreign": true}`)
	if status, o, _ := call(t, s, "GET", "/me", ""); status != http.StatusOK || o["app"] == nil {
		t.Errorf("GET /me = %d %v", status, o)
	}
	status, raw, header, err := send(t, s, "", "GET", "/tags", "")
	if err != nil || status != 403 || !bytes.Contains(raw, []byte("<h1>403 Forbidden</h1>")) {
		t.Errorf("GET /tags = %d %q %v", status, raw, err)
	}
	if header.Get("Content-Type") != "text/html" || header.Get("X-Request-Id") != "" || header.Get("Date") == "" {
		t.Errorf("header %v", header)
	}
}

func TestControlWithoutTroubleCounts(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	c := s.Control(intercomtest.Fault{Path: "/me"})
	s.FailNext(1, "GET", "/me", 500)
	first, _, _ := call(t, s, "GET", "/me", "")
	second, _, _ := call(t, s, "GET", "/me", "")
	if c.Seen() != 2 || first != 500 || second != 200 {
		t.Errorf("seen %d, statuses %d and %d, want 2, 500 and 200", c.Seen(), first, second)
	}
}

func TestAnswersAreDroppedAndCutShort(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	s.Control(intercomtest.Fault{Path: "/me", Drop: true})
	if _, _, _, err := send(t, s, "", "GET", "/me", ""); !errors.Is(err, io.EOF) {
		t.Errorf("dropped: %v, want EOF", err)
	}
	_, whole, _, err := send(t, s, "", "GET", "/tags", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{100, -1} {
		s.Control(intercomtest.Fault{Path: "/tags", Cut: cut})
		want := whole[:(cut+len(whole))%len(whole)]
		_, got, _, err := send(t, s, "", "GET", "/tags", "")
		if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Equal(got, want) {
			t.Errorf("cut %d: %d bytes and %v, want %d bytes and an unexpected end", cut, len(got), err, len(want))
		}
	}
}

func TestFaultMayChangeTheWorkspaceAndLetTheRequestGoOn(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	id := mustIDs(t, s, "contacts")[0]
	s.Control(intercomtest.Fault{Method: "POST", Path: "/contacts/search", Handle: func(_ http.ResponseWriter, r *http.Request) bool {
		if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 {
			t.Errorf("body %q, %v, want that of the request", body, err)
		}
		if err := s.Delete("contacts", id); err != nil {
			t.Error(err)
		}
		return false
	}})
	if got := len(foundNames(t, s, "", everything)); got != 119 {
		t.Errorf("search finds %d contacts, want 119", got)
	}
}

func TestDelayEndsWhenTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := intercomtest.New(t, intercomtest.Options{Pipe: true})
		s.Control(intercomtest.Fault{Path: "/me", Delay: time.Hour})
		client := s.Client()
		client.Timeout = 5 * time.Second
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		if _, err = client.Do(req); err == nil {
			t.Error("got an answer, want a timeout")
		}
		if took := time.Since(before); took != 5*time.Second {
			t.Errorf("gave up after %v, want 5s", took)
		}
	})
}

func TestMostAtOnceIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := intercomtest.New(t, intercomtest.Options{Pipe: true, Latency: time.Second})
		for _, n := range []int{3, 1} {
			var group sync.WaitGroup
			for range n {
				group.Go(func() { call(t, s, "GET", "/me", "") })
			}
			group.Wait()
		}
		if got := s.MostAtOnce(); got != 3 {
			t.Errorf("most at once %d, want 3", got)
		}
		s.ForgetRequests()
		call(t, s, "GET", "/me", "")
		if got := s.MostAtOnce(); got != 1 {
			t.Errorf("most at once after forgetting %d, want 1", got)
		}
	})
}

func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	callVersion(t, s, "2.16", "POST", "/tickets/search?x=1", `{"query": {}}`)
	call(t, s, "GET", "/nothing", "")
	log := s.Requests()
	if len(log) != 2 {
		t.Fatalf("%d entries, want 2", len(log))
	}
	e := log[0]
	if e.Method != "POST" || e.Path != "/tickets/search" || e.Query != "x=1" || e.Version != "2.16" || e.Body != `{"query": {}}` || e.Status != 200 {
		t.Errorf("logged %+v", e)
	}
	if e.Header.Get("Authorization") != "" {
		t.Error("the token is in the log")
	}
	if log[1].Status != 404 || s.Count("GET", "") != 1 || s.Count("", "/tickets/*") != 1 {
		t.Errorf("logged %+v; counted %d GET", log[1], s.Count("GET", ""))
	}
	s.ForgetRequests()
	if got := s.Count("", ""); got != 0 {
		t.Errorf("%d entries after ForgetRequests, want none", got)
	}
}
