package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrJobBusy: as many jobs of this kind are under way as the workspace may
// have.
var ErrJobBusy = errors.New("job slots taken")

// ErrJobSlow: a job was not ready after hours. It may be later.
var ErrJobSlow = errors.New("job not ready")

const (
	firstPoll = 2 * time.Second
	lastPoll  = time.Minute
	// longestJob is how long is waited for a job: exports take up to a few
	// hours, says Intercom's help.
	longestJob = 6 * time.Hour
	// longestDownload is how long one attempt at a download may take.
	longestDownload = time.Hour
)

// Job is an export that Intercom makes ready in the background.
type Job struct {
	ID     string
	Status string
	// Download is what the URL of a job that is ready asks for, besides its path.
	Download url.Values
}

// Ready reports whether the job is done and there is something to download.
// Descriptions and answers write both words.
func (j Job) Ready() bool { return j.Status == "completed" || j.Status == "complete" }

// Empty reports whether the job is done and found nothing.
func (j Job) Empty() bool { return j.Status == "no_data" }

// Failed reports whether the job came to nothing.
func (j Job) Failed() bool { return j.Status == "failed" || j.Status == "canceled" }

// StartJob asks for a job. While the workspace has no slot for it, it waits.
func (c *Client) StartJob(ctx context.Context, endpoint string, body any) (Job, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return Job{}, fmt.Errorf("POST %s: %w", endpoint, err)
	}
	r := &request{
		method: http.MethodPost, endpoint: endpoint, path: endpoint, body: func() []byte { return encoded },
		stop: func(err error) bool { return errors.Is(err, ErrJobBusy) },
	}
	for began, wait := c.now(), 10*firstPoll; ; wait = min(2*wait, 2*lastPoll) {
		j, err := c.job(ctx, r)
		if !errors.Is(err, ErrJobBusy) || c.now().Sub(began) > longestJob {
			return j, err
		}
		c.log.Info("another export is under way: waiting for it", "endpoint", endpoint, "wait", wait)
		if err := c.sleep(ctx, wait); err != nil {
			return Job{}, fmt.Errorf("POST %s: %w", endpoint, err)
		}
	}
}

// AwaitJob asks for a job until it is done, one way or another, or ErrJobSlow.
func (c *Client) AwaitJob(ctx context.Context, endpoint, id string, params url.Values) (Job, error) {
	r := get(endpoint, id, params)
	for began, wait := c.now(), firstPoll; ; wait = min(2*wait, lastPoll) {
		j, err := c.job(ctx, r)
		if err != nil || j.Ready() || j.Empty() || j.Failed() {
			return j, err
		}
		if c.now().Sub(began) > longestJob {
			return j, fmt.Errorf("%s %s: %w: it is %q after %s", r.method, r.endpoint, ErrJobSlow, j.Status, longestJob)
		}
		c.long.say(c.now().Sub(began), wait, "for an export to be ready", "endpoint", endpoint, "job", id, "status", j.Status)
		if err := c.sleep(ctx, wait); err != nil {
			return j, fmt.Errorf("%s %s: %w", r.method, r.endpoint, err)
		}
	}
}

// job sends a request whose answer is a job.
func (c *Client) job(ctx context.Context, r *request) (Job, error) {
	var found struct {
		ID       jsontext.Value `json:"job_identifier"`
		Misspelt jsontext.Value `json:"job_identfier"` // in the schema of the Preview
		Status   string         `json:"status"`
		URL      string         `json:"download_url"`
	}
	r.accept = func(body jsontext.Value) error {
		err := json.Unmarshal(body, &found, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		// One that was asked for anew would take another of the workspace's slots.
		if err == nil && r.method == http.MethodGet && len(found.ID) == 0 && len(found.Misspelt) == 0 && found.Status == "" {
			err = errors.New("no job in it")
		}
		return err
	}
	if _, err := c.send(ctx, r); err != nil {
		return Job{}, err
	}
	j := Job{ID: strings.Trim(string(found.ID), `"`), Status: found.Status}
	if j.ID == "" {
		j.ID = strings.Trim(string(found.Misspelt), `"`)
	}
	if u, err := url.Parse(found.URL); err == nil {
		j.Download = u.Query()
	}
	return j, nil
}

// Download hands what is at endpoint to sink, from its beginning at each
// attempt.
func (c *Client) Download(ctx context.Context, endpoint, id string, params url.Values, sink func(io.Reader) (int64, error)) error {
	r := get(endpoint, id, params)
	r.sink, r.timeout = sink, longestDownload
	_, err := c.send(ctx, r)
	return err
}
