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
	// maxScrollWaits bounds how long another scroll is waited for.
	maxScrollWaits = 10
	// maxScrollRestarts is how many passes in a row may bring nothing new and not
	// come to the end either.
	maxScrollRestarts = 10
	// scrollAttempts is how often a page is asked for: with the waits between, so
	// that the scroll does not expire meanwhile.
	scrollAttempts = 5
)

var (
	// errScrollLost says that a scroll broke off and has to begin anew.
	errScrollLost = errors.New("scroll lost")
	// errScrollGone says that a scroll was not known any more after a page with
	// rows: it may be at its end.
	errScrollGone = errors.New("at its end, or gone")
)

// Scroll reads all items of a scroll endpoint ("/companies/scroll"), each once.
//
// An app may have one scroll open at a time, and a scroll that rests for a
// minute is gone: callers must take the pages quickly, and put them aside if
// they cannot use them as quickly. When another scroll is open, Scroll waits
// for it to expire. When its own is lost it starts over and leaves out what it
// gave before.
//
// It ends without an error only when the end is known, by one of
//
//   - a page without scroll_param;
//   - a page without rows, when asking on gives no rows either, or 404;
//   - as many rows as total_count says, and then nothing new;
//   - a 404 after a page with rows, soon enough for the scroll not to have
//     expired, when another pass comes to the same end.
//
// A page in the middle may be empty. A page that Intercom answers with an error of
// its own is asked for again, which gives the same page (so others have met it). A
// page whose answer got lost is asked for again only if each page has a
// scroll_param of its own: where one stands for the whole scroll, asking again
// might silently skip to the next page.
func (c *Client) Scroll(ctx context.Context, endpoint, key string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		s := &scroll{client: c, endpoint: endpoint, key: key, given: newPasses(), total: -1}
		for fruitless := 0; ; {
			rows, ended := len(s.given.last), s.end
			more, err := s.pass(ctx, func(p Page) bool { return yield(p, nil) })
			if len(s.given.last) > rows {
				fruitless = 0
			} else {
				fruitless++
			}
			switch {
			case err == nil || !more:
				return
			case errors.Is(err, errScrollGone) && fruitless > 0 && s.end == ended && len(s.given.last)-s.end.rows < max(s.largest, 1):
				return // twice the same end
			case !errors.Is(err, errScrollLost):
				yield(Page{}, err)
				return
			case fruitless > maxScrollRestarts:
				yield(Page{}, fmt.Errorf("%w (started %d times)", err, s.given.pass))
				return
			}
			c.log.Warn("scroll starts over", "endpoint", endpoint, "items", len(s.given.last), "err", err)
		}
	}
}

// scroll is what is known of a listing over all of its passes.
type scroll struct {
	client        *Client
	endpoint, key string

	given   *passes
	total   int64 // -1 when no page said it
	largest int   // page
	moves   bool  // each page has a scroll_param of its own
	end     end   // where the last pass was when its scroll was gone
}

// end is the last item of a pass, and how many came in it.
type end struct {
	last idHash
	rows int
}

// pass reads one scroll from its start. more is false when the consumer wants no
// more.
func (s *scroll) pass(ctx context.Context, yield func(Page) bool) (more bool, err error) {
	s.given.pass++
	var at end
	param, barren := "", 0
	answered := s.client.now()
	for {
		p, err := s.page(ctx, param)
		switch {
		case err == nil:
			answered = s.client.now()
		case param == "" || !notKnown(err):
			return true, err
		case barren > 0 || s.complete():
			return true, nil
		case s.client.now().Sub(answered) < scrollExpiry:
			s.end = at
			return true, fmt.Errorf("%w: %w", errScrollGone, err)
		default:
			return true, err
		}
		if p.Total >= 0 {
			s.total = p.Total
		}
		s.largest = max(s.largest, len(p.Items))
		var fresh []jsontext.Value
		advanced := false
		for _, item := range p.Items {
			before, id := s.given.meet(item)
			if before == s.given.pass {
				continue
			}
			advanced = true
			at.last = id
			at.rows++
			if before == 0 {
				fresh = append(fresh, item)
			}
		}
		if len(fresh) > 0 && !yield(Page{Items: fresh, Total: p.Total}) {
			return false, nil
		}
		if advanced {
			barren = 0
		} else {
			barren++
		}
		switch {
		case p.scroll == "" && !p.bare:
			return true, nil
		case barren > 1 && (len(p.Items) == 0 || s.complete()):
			return true, nil
		case barren > 1:
			// Nothing says that this is all.
			return true, fmt.Errorf("GET %s: %w: the same page again", s.endpoint, ErrPageLoop)
		}
		if p.scroll == "" {
			continue
		}
		if param != "" {
			s.moves = p.scroll != param
		}
		param = p.scroll
	}
}

// complete reports whether as many rows came as Intercom said there are.
func (s *scroll) complete() bool { return s.total >= 0 && int64(len(s.given.last)) >= s.total }

// page gets the first page of a new scroll, or the next one of param.
func (s *scroll) page(ctx context.Context, param string) (p page, err error) {
	c := s.client
	r := get(s.endpoint, "", nil)
	r.accept = func(body jsontext.Value) (err error) {
		p, err = parseScroll(body, s.key)
		return err
	}
	if param != "" {
		r.query, r.once = url.Values{"scroll_param": {param}}, true
		attempts := 0
		r.stop = func(err error) bool {
			e, answered := errors.AsType[*Error](err)
			if answered && e.Status == http.StatusTooManyRequests {
				return false
			}
			attempts++
			return attempts >= scrollAttempts || !(s.moves || answered && e.Code != "")
		}
	}
	for waits := 0; ; waits++ {
		_, err := c.send(ctx, r)
		switch {
		case err == nil:
			return p, nil
		case ctx.Err() != nil:
			return page{}, err
		case errors.Is(err, ErrScrollBusy):
			if waits == maxScrollWaits {
				return page{}, fmt.Errorf("%w: another integration with this token's app keeps a scroll open; let it end, or give this one an app of its own", err)
			}
			wait := scrollExpiry + time.Second + time.Duration(rand.Int64N(int64(5*time.Second)))
			c.log.Info("waiting for another scroll to end", "endpoint", s.endpoint, "wait", wait.Round(time.Second))
			if err := c.sleep(ctx, wait); err != nil {
				return page{}, fmt.Errorf("GET %s: %w", s.endpoint, err)
			}
		case param != "" && lost(err):
			return page{}, fmt.Errorf("%w: %w", errScrollLost, err)
		default:
			return page{}, err
		}
	}
}

// notKnown reports whether err says that Intercom does not know the scroll (any
// more).
func notKnown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && e.Code != ""
}

// lost reports whether err, the answer to a scroll under way, means that the
// scroll cannot go on but a new one can.
func lost(err error) bool {
	return errors.Is(err, ErrNotFound) || transient(err)
}

// parseScroll reads a page of a scroll. Its last one may have null for its rows, or
// no member for them: it must look like a page of a scroll then.
func parseScroll(body jsontext.Value, key string) (page, error) {
	p, err := parsePage(body, key)
	if err == nil {
		return p, nil
	}
	var head struct {
		Type  string         `json:"type"`
		Param jsontext.Value `json:"scroll_param"`
		Data  jsontext.Value `json:"data"`
	}
	if bad := json.Unmarshal(body, &head, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); bad != nil {
		return page{}, err
	}
	if head.Type != "list" || len(head.Param) == 0 || (len(head.Data) > 0 && head.Data.Kind() != 'n') {
		return page{}, err
	}
	p = page{Page: Page{Total: -1}, bare: true}
	if head.Param.Kind() == '"' {
		err = json.Unmarshal(head.Param, &p.scroll, jsontext.AllowInvalidUTF8(true))
		return p, err
	}
	return p, nil
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

// meet returns the pass in which item was met before, 0 if it was not, and what it
// is remembered by. One without an id never was.
func (p *passes) meet(item jsontext.Value) (before uint32, id idHash) {
	var head struct {
		ID jsontext.Value `json:"id"`
	}
	if err := json.Unmarshal(item, &head, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil || len(head.ID) == 0 {
		return 0, id
	}
	sum := sha256.Sum256(head.ID)
	id = idHash(sum[:])
	before = p.last[id]
	p.last[id] = p.pass
	return before, id
}
