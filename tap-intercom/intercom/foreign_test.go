package intercom_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"intercomdw/tap-intercom/intercom"
)

// TestRefusalIsIntercomsInItsOwnWordsOnly refuses with what Intercom says, and with
// what others say.
func TestRefusalIsIntercomsInItsOwnWordsOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body string
		own  bool
	}{
		{`{"type":"error.list","request_id":null,"errors":[{"code":"forbidden","message":"no"}]}`, true},
		{`{"type":"error.list","errors":[]}`, true},
		{`{"errors":[{"code":"unauthorized"}],"type":"error.list"}`, true},
		{`{"errors":[{"code":"forbidden"}]}`, true},
		{`{"type":"error.list","errors":[{"code":403}]}`, true},
		{`<html><body>403 Forbidden</body></html>`, false},
		{``, false},
		{`{"message":"Forbidden"}`, false},
		{`{"error":"Forbidden","status":403}`, false},
		{`"no"`, false},
		{`[]`, false},
	} {
		for status, kind := range map[int]error{401: intercom.ErrUnauthorized, 402: intercom.ErrForbidden, 403: intercom.ErrForbidden} {
			asked := 0
			s := handler(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.WriteHeader(status)
				fmt.Fprint(w, tt.body)
			})
			c := newClient(t, s.URL, nil, intercom.Options{Attempts: 3, Sleep: noWait})
			_, err := c.Me(t.Context())
			e, _ := errors.AsType[*intercom.Error](err)
			want := map[bool]int{true: 1, false: 3}[tt.own]
			if errors.Is(err, kind) != tt.own || e == nil || e.Own != tt.own || e.Sick() == tt.own || asked != want {
				t.Errorf("HTTP %d %s: %v, asked %d times, want %d", status, tt.body, err, asked, want)
			}
		}
	}
}

// TestLoginPageOfAProxyIsAskedForAgain redirects to another host, then not any more.
func TestLoginPageOfAProxyIsAskedForAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	s := handler(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Location", "https://login.example.com/")
			w.WriteHeader(http.StatusFound)
			return
		}
		fmt.Fprint(w, `{"app":{"id_code":"a1"}}`)
	})
	c := newClient(t, s.URL, nil, intercom.Options{Sleep: noWait})
	if me, err := c.Me(t.Context()); err != nil || me.AppID != "a1" || asked != 2 {
		t.Errorf("%+v, %v, asked %d times", me, err, asked)
	}
	if n := c.Served(); n != 0 {
		t.Errorf("%d served: /me opens to all", n)
	}
}
