package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

func TestSimulatorPrintsItsURLAndServes(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--contacts", "0", "--conversations", "3", "--changes", "0", "--token", "T", "--rate", "9/10s"}, w, io.Discard)
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !found {
		t.Fatalf("printed %q, want listening on URL", line)
	}
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/conversations", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer T")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"total_count":3`) {
		t.Errorf("GET /conversations = %d %v %.100s, want 200 and three of them", resp.StatusCode, err, body)
	}
	if limit := resp.Header.Get("X-RateLimit-Limit"); limit != "9" {
		t.Errorf("rate limit %s, want 9", limit)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run = %v, want nil", err)
	}
}

func TestOptionsReadTheCommandLine(t *testing.T) {
	t.Parallel()
	o, changes, err := options([]string{"--listen", "localhost:1", "--seed", "5", "--companies", "0", "--latency", "150ms", "--rate", "167", "--changes", "7"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o.Listen != "localhost:1" || o.Seed != 5 || o.Companies != -1 || o.Latency != 150*time.Millisecond || o.Rate != 167 || o.Contacts != 200 || changes != 7 {
		t.Errorf("options %+v, %d changes", o, changes)
	}
	for _, args := range [][]string{{"--rate", "0/10s"}, {"--rate", "fast"}, {"--unknown"}, {"extra"}} {
		if _, _, err := options(args, io.Discard); err == nil {
			t.Errorf("options(%q): no error", args)
		}
	}
}

func TestChangesAreOfTheDayBefore(t *testing.T) {
	t.Parallel()
	o, _, err := options(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	began := o.Clock.Now()
	s := intercomtest.New(t, o)
	happen(s, o.Clock, 50)
	if now := o.Clock.Now(); now.Before(began) || now.After(began.Add(time.Minute)) {
		t.Errorf("the clock shows %v after %v", now, began)
	}
	changed := 0
	for _, c := range s.Contents()["conversations"] {
		if at, err := strconv.ParseInt(fmt.Sprint(c["updated_at"]), 10, 64); err != nil {
			t.Fatal(err)
		} else if at > began.Add(-25*time.Hour).Unix() {
			if changed++; at >= began.Unix() {
				t.Errorf("conversation %v changed at %v, in the future", c["id"], at)
			}
		}
	}
	if changed < 5 {
		t.Errorf("%d conversations changed", changed)
	}
}
