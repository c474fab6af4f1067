package intercom

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Workspace is what a token opens.
type Workspace struct {
	AppID    string
	Name     string
	Region   string // as Intercom words it: "US", "Europe", ...
	Timezone string // the days of contact search are days of this timezone
	// Now is the time at Intercom when it answered, to the second; zero when
	// the answer did not say.
	Now time.Time
}

const meEndpoint = "/me"

// Me asks whose token this is. What the answer does not say is left out. An app may
// be refused it and read the rest: an answer that is no success says what time it is
// all the same.
func (c *Client) Me(ctx context.Context) (Workspace, error) {
	a, err := c.send(ctx, get(meEndpoint, "", nil))
	var me struct {
		App jsontext.Value `json:"app"`
	}
	lax := json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err == nil {
		if err = json.Unmarshal(a.body, &me, lax); err != nil {
			err = &bodyError{http.MethodGet, meEndpoint, err}
		}
	}
	if err != nil {
		var now time.Time
		if seconds := c.date.Load(); seconds != 0 {
			now = time.Unix(seconds, 0).UTC()
		}
		return Workspace{Now: now}, err
	}
	var app map[string]jsontext.Value
	_ = json.Unmarshal(me.App, &app, lax) // of another form, it says nothing
	text := func(name string) (s string) {
		_ = json.Unmarshal(app[name], &s, lax)
		return s
	}
	return Workspace{AppID: text("id_code"), Name: text("name"), Region: text("region"), Timezone: text("timezone"), Now: a.date}, nil
}
