package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/singer/secret"
	"intercomdw/tap-intercom/intercom"
)

// Config is what the tap can be told. The names shared with singer-io's tap
// mean the same here.
type Config struct {
	AccessToken      secret.String `json:"access_token" required:"true" doc:"access token of an app in the workspace (Developer Hub, Authentication)"`
	StartDate        string        `json:"start_date" format:"date-time" doc:"rows changed before this are not read, unless a state says more; without it everything is"`
	EndDate          string        `json:"end_date" format:"date-time" doc:"rows changed at or after this are left for a later run"`
	Region           string        `json:"region" default:"us" enum:"us,eu,au" doc:"where the workspace is hosted"`
	BaseURL          string        `json:"base_url" doc:"another address of the API, as a proxy or a simulator; overrides region"`
	APIVersion       string        `json:"api_version" default:"2.16" doc:"version of the API to ask for: 2.14 to 2.17 or Preview; what it lacks is left out"`
	RequestTimeout   float64       `json:"request_timeout" default:"300" min:"1" unset:"0" doc:"seconds that one request may take, or a download may stand still; 0 is the default"`
	UserAgent        string        `json:"user_agent" doc:"sent with each request; a good one carries an address to write to"`
	LookbackSeconds  int           `json:"lookback_seconds" default:"600" min:"0" doc:"how far before the bookmark each run reads again: new rows take minutes to become searchable"`
	PageSize         int           `json:"page_size" default:"150" min:"1" max:"150" doc:"rows per page of a search; halved while the API fails on pages, and grown back"`
	Concurrency      int           `json:"concurrency" default:"40" min:"1" max:"100" doc:"most requests under way at once; fewer while the API is slow or fails; 1 reads one thing after the other"`
	RateLimitReserve float64       `json:"rate_limit_reserve" default:"0.1" min:"0" max:"0.9" doc:"share of the rate limit left to other apps of the workspace"`
	Select           []string      `json:"select" doc:"streams to read without a catalog, as patterns: [\"contacts\", \"conversation*\", \"!conversation_parts\"], and fields of them: \"contacts.tags\"; all by default"`
	CustomAttributes string        `json:"custom_attributes" default:"typed" enum:"typed,json" doc:"typed: one field per attribute, of the type the workspace declares; json: one field of JSON text"`
	Companies        string        `json:"companies" default:"auto" enum:"auto,scroll" doc:"auto: from API 2.17 on, runs after the first search for companies that changed, which leaves out those without users; scroll: every run reads all"`
	Tickets          string        `json:"tickets" default:"changed" enum:"changed,all" doc:"changed: runs after the first read the tickets whose updated_at moved, which it does not with every part; all: every run reads all"`

	// Exports go by the time something was sent, not by what happened since.
	ExportLookbackDays int `json:"export_lookback_days" default:"30" min:"0" doc:"days before the bookmark that each export has again: it has what people did with messages that were sent in its range only"`

	// What no call of the API lists.
	MessageRulesetIDs []string `json:"message_ruleset_ids" doc:"rulesets (sets of outbound WhatsApp messages) whose statuses message_statuses reads"`
	WorkflowIDs       []string `json:"workflow_ids" doc:"workflows that workflow_exports reads"`
	CustomObjectTypes []string `json:"custom_object_types" doc:"types of custom objects to read, as streams custom_objects__TYPE, beside those that attributes of conversations refer to"`
}

// check finds what the tags of Config cannot say.
func (c *Config) check() error {
	if !regexp.MustCompile(`^([1-9]\.\d+|Preview|Unstable)$`).MatchString(c.APIVersion) {
		return fmt.Errorf("api_version: %q is not a version like %s", c.APIVersion, intercom.DefaultVersion)
	}
	if err := c.tidyToken(); err != nil {
		return err
	}
	if c.StartDate != "" && c.EndDate != "" && !c.time(c.StartDate).Before(c.time(c.EndDate)) {
		return fmt.Errorf("end_date %s is not after start_date %s", c.EndDate, c.StartDate)
	}
	_, err := intercom.NewClient(intercom.Options{BaseURL: c.BaseURL, Token: secret.New("any"), Reserve: c.RateLimitReserve})
	return err
}

// tidyToken takes away what stands around the token: files and secret stores put a
// line feed behind it. What stands within is an error here rather than one of the
// first request.
func (c *Config) tidyToken() error {
	if c.AccessToken.IsZero() {
		return nil // discovery goes without
	}
	token := strings.TrimSpace(c.AccessToken.Reveal())
	switch {
	case token == "":
		return errors.New("access_token: nothing but blanks")
	case strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("access_token: there are blanks or line feeds in it: give the token alone, in one piece")
	}
	c.AccessToken = secret.New(token)
	return nil
}

// time is a setting that was checked to be a time.
func (c *Config) time(text string) time.Time {
	at, err := program.ParseTime(text)
	if err != nil {
		panic("tap: " + err.Error())
	}
	return at
}

// outside is what the tap takes from the world around it; tests hand in their
// own. The zero value is the real world.
type outside struct {
	http     *http.Client
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	ticker   ticker
	attempts int // at one request; 0 is the client's own

	exportRows int64 // where exports are cut off; 0 is where Intercom does
}

// impatient is o for somebody who waits at a terminal: a few seconds of trying
// again rather than a minute and a half.
func (o outside) impatient() outside {
	o.attempts = cmp.Or(o.attempts, 3)
	return o
}

// tick is the ticker of o.
func (o outside) tick() ticker {
	if o.ticker == nil {
		return realTicker
	}
	return o.ticker
}

func (o outside) clock() func() time.Time {
	if o.now == nil {
		return time.Now
	}
	return o.now
}

// client makes the client that c describes.
func (c *Config) client(o outside, log *slog.Logger, version string, observe func(intercom.Attempt)) (*intercom.Client, error) {
	return intercom.NewClient(intercom.Options{
		BaseURL:        cmp.Or(c.BaseURL, map[string]string{"us": intercom.US, "eu": intercom.EU, "au": intercom.AU}[c.Region]),
		Token:          c.AccessToken,
		Version:        c.APIVersion,
		UserAgent:      cmp.Or(c.UserAgent, "tap-intercom/"+version),
		RequestTimeout: time.Duration(c.RequestTimeout * float64(time.Second)),
		Reserve:        c.RateLimitReserve,
		PageSize:       c.PageSize,
		Log:            log,
		HTTP:           o.http,
		Now:            o.now,
		Sleep:          o.sleep,
		Attempts:       o.attempts,
		Concurrency:    c.Concurrency,
		Observe:        observe,
	})
}

// run makes the run that c describes. It ends at upper, which the caller has
// asked Intercom for.
func (c *Config) run(client *intercom.Client, w io.Writer, state *singer.State, log *slog.Logger, o outside) *run {
	out, now := &lines{w: w}, o.clock()
	r := &run{
		short:  newShortfalls(log),
		client: client, out: singer.NewEncoder(out), flush: out.Flush,
		state: state, log: log, now: now, ticker: o.tick(), api: c.APIVersion, version: now().UnixMilli(),
		known: c.known(), exportLookback: int64(c.ExportLookbackDays) * daySeconds, exportRows: cmp.Or(o.exportRows, exportRows),
		lookback: int64(c.LookbackSeconds), concurrency: c.Concurrency, ahead: newAhead(aheadBytes),
		scrollAlways: c.Companies == "scroll", allTickets: c.Tickets == "all",
	}
	if c.StartDate != "" {
		// A start within a second begins with the next one.
		start := c.time(c.StartDate)
		r.start = start.Unix()
		if start.Nanosecond() > 0 {
			r.start++
		}
	}
	return r
}

// begin asks Intercom whose token this is and what time it is there, and sets
// the end of the run: the last second that is over by the clock that dates the
// rows. Without that clock ours has to do. A token that is refused it, or an answer
// that leaves something out, is no reason not to read the rest.
func (r *run) begin(ctx context.Context, c *Config) error {
	me, err := r.client.Me(ctx)
	if errors.Is(err, intercom.ErrUnauthorized) {
		return fmt.Errorf("%w; check access_token, and region: a token may be known in its own region only", err)
	}
	if err != nil && !meRefused(err) {
		return err
	}
	r.app = me.AppID
	if me.Timezone != "" {
		var unknown error
		if r.zone, unknown = time.LoadLocation(me.Timezone); unknown != nil {
			r.log.Debug("timezone of the workspace is not known here", "timezone", me.Timezone)
		}
	}
	now := me.Now
	if now.IsZero() {
		now = r.now()
	}
	r.clock = now.Unix()
	r.upper = r.clock - 1
	if c.EndDate != "" {
		end := c.time(c.EndDate)
		r.upper = min(r.upper, end.Add(-time.Nanosecond).Unix())
	}
	if lacks := lacking(me); len(lacks) > 0 {
		r.log.Warn("what Intercom says of the workspace is not whole: reading goes on without", "lacks", lacks, "err", err)
	}
	r.log.Info("workspace", "app", me.AppID, "name", me.Name, "region", me.Region, "timezone", me.Timezone, "until", timeText(r.upper))
	r.elsewhere = c.checkRegion(me)
	r.warnUntried()
	return nil
}

// lacking names what /me did not say of the workspace.
func lacking(me intercom.Workspace) (lacks []string) {
	for _, field := range []struct {
		name  string
		lacks bool
	}{
		{"app id (downloads of reports name it)", me.AppID == ""},
		{"timezone (times in reports stay as they come)", me.Timezone == ""},
		{"region (it is not compared with the setting)", me.Region == ""},
		{"time (this machine's clock says where the run ends)", me.Now.IsZero()},
	} {
		if field.lacks {
			lacks = append(lacks, field.name)
		}
	}
	return lacks
}
