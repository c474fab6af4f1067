package intercom

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// scrollExpiry is how long an unused scroll lives; nobody else can open
	// one before.
	scrollExpiry = time.Minute
	// maxScrollWaits and maxScrollRestarts bound how long a listing is tried.
	maxScrollWaits    = 10
	maxScrollRestarts = 10
)

// errScrollLost says that a scroll broke off and has to begin anew.
var errScrollLost = errors.New("scroll lost")

// Scroll reads all items of a scroll endpoint ("/companies/scroll"), each once.
//
// An app may have one scroll open at a time, and a scroll that rests for a
// minute is gone: callers must take the pages quickly, and put them aside if
// they cannot use them as quickly. When another scroll is open, Scroll waits
// for it to expire. When its own is lost it starts over and leaves out what it
// gave before. A page whose answer got lost is lost with the scroll: asking
// again for it might silently skip to the next one.
func (c *Client) Scroll(ctx context.Context, endpoint, key string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		given := newPasses()
		for restarts := 0; ; restarts++ {
			given.pass++
			more, err := c.scrollOnce(ctx, endpoint, key, given, func(p Page) bool { return yield(p, nil) })
			switch {
			case err == nil || !more:
				return
			case !errors.Is(err, errScrollLost):
				yield(Page{}, err)
				return
			case restarts == maxScrollRestarts:
				yield(Page{}, fmt.Errorf("%w (started %d times)", err, restarts+1))
				return
			}
			c.log.Warn("scroll starts over", "endpoint", endpoint, "items", len(given.last), "err", err)
		}
	}
}

// scrollOnce reads one scroll from its start. more is false when the consumer
// wants no more.
func (c *Client) scrollOnce(ctx context.Context, endpoint, key string, given *passes, yield func(Page) bool) (more bool, err error) {
	param := ""
	for {
		p, err := c.scrollPage(ctx, endpoint, key, param)
		if err != nil {
			return true, err
		}
		var fresh []jsontext.Value
		advanced := false
		for _, item := range p.Items {
			before := given.meet(item)
			if before == given.pass {
				continue
			}
			advanced = true
			if before == 0 {
				fresh = append(fresh, item)
			}
		}
		// The end is an empty page, a missing parameter, or (seen in the
		// wild) the same page again.
		if !advanced {
			return true, nil
		}
		if len(fresh) > 0 && !yield(Page{Items: fresh, Total: p.Total}) {
			return false, nil
		}
		if p.scroll == "" {
			return true, nil
		}
		param = p.scroll
	}
}

// scrollPage gets the first page of a new scroll, or the next one of param.
func (c *Client) scrollPage(ctx context.Context, endpoint, key, param string) (page, error) {
	r := get(endpoint, "", nil)
	if param != "" {
		r.query, r.once = url.Values{"scroll_param": {param}}, true
		r.stop = func(err error) bool {
			e, ok := errors.AsType[*Error](err)
			return !ok || e.Status != http.StatusTooManyRequests
		}
	}
	for waits := 0; ; waits++ {
		a, err := c.send(ctx, r)
		switch {
		case err == nil:
			return parsePage(r, a.body, key)
		case ctx.Err() != nil:
			return page{}, err
		case errors.Is(err, ErrScrollBusy):
			if waits == maxScrollWaits {
				return page{}, fmt.Errorf("%w: another integration with this token's app keeps a scroll open; let it end, or give this one an app of its own", err)
			}
			wait := scrollExpiry + time.Second + time.Duration(rand.Int64N(int64(5*time.Second)))
			c.log.Info("waiting for another scroll to end", "endpoint", endpoint, "wait", wait.Round(time.Second))
			if err := c.sleep(ctx, wait); err != nil {
				return page{}, fmt.Errorf("GET %s: %w", endpoint, err)
			}
		case param != "" && lost(err):
			return page{}, fmt.Errorf("%w: %w", errScrollLost, err)
		default:
			return page{}, err
		}
	}
}

// lost reports whether err, the answer to a scroll under way, means that the
// scroll cannot go on but a new one can.
func lost(err error) bool {
	return errors.Is(err, ErrNotFound) || transient(err)
}

// passes remembers in which pass of a scroll each item was met last. It keeps
// half of a hash of their ids, which no two share: a million companies take some
// 40 MB.
type passes struct {
	pass uint32
	last map[idHash]uint32
}

type idHash [sha256.Size / 2]byte

func newPasses() *passes { return &passes{last: map[idHash]uint32{}} }

// meet returns the pass in which item was met before, 0 if it was not; one
// without an id never was.
func (p *passes) meet(item jsontext.Value) (before uint32) {
	var head struct {
		ID jsontext.Value `json:"id"`
	}
	if err := json.Unmarshal(item, &head, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil || len(head.ID) == 0 {
		return 0
	}
	sum := sha256.Sum256(head.ID)
	id := idHash(sum[:])
	before = p.last[id]
	p.last[id] = p.pass
	return before
}
