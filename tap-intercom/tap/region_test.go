package tap

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"testing"
)

// TestEveryRegionHasItsHost holds the hosts against Intercom's documentation of
// regional hosting: https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis
func TestEveryRegionHasItsHost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		set  settings
		want string
	}{
		{settings{}, "https://api.intercom.io/me"},
		{settings{"region": "us"}, "https://api.intercom.io/me"},
		{settings{"region": "eu"}, "https://api.eu.intercom.io/me"},
		{settings{"region": "au"}, "https://api.au.intercom.io/me"},
		{settings{"region": "eu", "base_url": "http://127.0.0.1:1"}, "http://127.0.0.1:1/me"},
	} {
		var asked []string
		offline := errors.New("offline")
		o := outside{attempts: 1, http: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.String())
			return nil, offline
		})}}
		tt.set["access_token"] = "t"
		raw, err := json.Marshal(tt.set)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Program("").DecodeConfig(raw)
		if err != nil {
			t.Fatal(err)
		}
		client, err := c.client(o, slog.New(slog.DiscardHandler), "test", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Me(t.Context()); !errors.Is(err, offline) {
			t.Errorf("%v: Me: %v", tt.set, err)
		}
		if !slices.Equal(asked, []string{tt.want}) {
			t.Errorf("%v: asked %q, want %s", tt.set, asked, tt.want)
		}
	}
}
