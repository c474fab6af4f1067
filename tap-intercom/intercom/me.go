package intercom

import (
	"context"
	"fmt"
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

// Me asks whose token this is. Every token may ask.
func (c *Client) Me(ctx context.Context) (Workspace, error) {
	r := get("/me", "", nil)
	a, err := c.send(ctx, r)
	if err != nil {
		return Workspace{}, err
	}
	var me struct {
		App struct {
			IDCode   string `json:"id_code"`
			Name     string `json:"name"`
			Region   string `json:"region"`
			Timezone string `json:"timezone"`
		} `json:"app"`
	}
	if err := json.Unmarshal(a.body, &me, jsontext.AllowInvalidUTF8(true)); err != nil {
		return Workspace{}, fmt.Errorf("GET /me: %w", err)
	}
	return Workspace{
		AppID:    me.App.IDCode,
		Name:     me.App.Name,
		Region:   me.App.Region,
		Timezone: me.App.Timezone,
		Now:      a.date,
	}, nil
}
