package intercom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Page is one page of a list. Its items are raw JSON values that stay valid
// as long as they are referenced.
type Page struct {
	Items []jsontext.Value
	Total int64  // total_count of the whole list; -1 when Intercom does not say
	After string // cursor of the page that follows; "" after the last, and where there is none
}

// ListRequest asks for a list by GET.
type ListRequest struct {
	Endpoint string // "/contacts/{id}/notes"
	ID       string // fills {id}
	Key      string // member of the answer that holds the items; "data" is tried too
	Params   url.Values
	PerPage  int // 0: what Intercom takes by default
}

// Object gets one object, as "/conversations/{id}". accept, unless it is nil, says
// what is wrong with it: an object of another shape is asked for again, as an
// answer that got lost, and is ErrUnusable in the end.
func (c *Client) Object(ctx context.Context, endpoint, id string, accept func(jsontext.Value) error) (jsontext.Value, error) {
	return c.object(ctx, get(endpoint, id, nil), accept)
}

// ObjectOf gets one object of another one, as
// "/articles/{id}/versions/{row}".
func (c *Client) ObjectOf(ctx context.Context, endpoint, id, row string, accept func(jsontext.Value) error) (jsontext.Value, error) {
	r := get(endpoint, id, nil)
	r.path = strings.Replace(r.path, "{row}", url.PathEscape(row), 1)
	return c.object(ctx, r, accept)
}

func (c *Client) object(ctx context.Context, r *request, accept func(jsontext.Value) error) (jsontext.Value, error) {
	r.accept = func(body jsontext.Value) error {
		switch {
		case body.Kind() != '{':
			return errors.New("not a JSON object")
		case accept == nil:
			return nil
		}
		return accept(body)
	}
	a, err := c.send(ctx, r)
	return a.body, err
}

// List reads a list page by page, in whichever of the GET dialects it speaks:
// not paged at all, linked by URL, or by a cursor. It ends at the first error,
// and with ErrPageLoop when paging goes in circles or brings nothing new; the
// error of a page that is not the first is ErrBrokenOff too.
func (c *Client) List(ctx context.Context, l ListRequest) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		query := url.Values{}
		for k, v := range l.Params {
			query[k] = v
		}
		if l.PerPage > 0 {
			query.Set("per_page", strconv.Itoa(l.PerPage))
		}
		guard := newGuard()
		for {
			r := get(l.Endpoint, l.ID, query)
			p, err := c.page(ctx, r, l.Key)
			if err != nil {
				if guard.pages > 0 {
					err = brokenOff(ctx, err)
				}
				yield(Page{}, err)
				return
			}
			for k, v := range p.next {
				query[k] = v
			}
			p.After = p.next.Get("starting_after")
			if !guard.pass(r, p, query.Encode(), yield) {
				return
			}
		}
	}
}

// page sends a request whose answer is a page.
func (c *Client) page(ctx context.Context, r *request, key string) (p page, err error) {
	r.accept = func(body jsontext.Value) (err error) {
		p, err = parsePage(body, key)
		return err
	}
	if _, err := c.send(ctx, r); err != nil {
		return page{}, err
	}
	return p, nil
}

// page is a Page with what leads to the next one.
type page struct {
	Page
	next   url.Values // parameters to add for the next page; nil after the last
	scroll string     // scroll_param
	bare   bool       // of a scroll, and without a list
}

// parsePage reads a list answer in one pass; the items alias body.
func parsePage(body []byte, key string) (page, error) {
	p := page{Page: Page{Total: -1}}
	fail := func(err error) (page, error) { return page{}, err }
	found := false
	var at pageNumber // of lists that say it beside their items
	var fallback []jsontext.Value
	hasFallback := false
	// A *bytes.Buffer is decoded in place: nothing is copied.
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if dec.PeekKind() != '{' {
		return fail(errors.New("not a JSON object"))
	}
	if _, err := dec.ReadToken(); err != nil {
		return fail(err)
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return fail(err)
		}
		switch name := name.String(); {
		case name == key && dec.PeekKind() == '[':
			found = true
			p.Items, err = readItems(dec)
		case name == "data" && dec.PeekKind() == '[':
			hasFallback = true
			fallback, err = readItems(dec)
		case name == "pages":
			p.next, err = readNext(dec)
		case name == "page":
			at.Page, err = dec.ReadValue()
		case name == "total_pages":
			at.TotalPages, err = dec.ReadValue()
		case name == "scroll_param" && dec.PeekKind() == '"':
			var t jsontext.Token
			t, err = dec.ReadToken()
			p.scroll = t.String()
		case name == "total_count" && dec.PeekKind() == '0':
			var t jsontext.Token
			t, err = dec.ReadToken()
			if n, _ := t.Int(); err == nil {
				p.Total = n
			}
		default:
			err = dec.SkipValue()
		}
		if err != nil {
			return fail(err)
		}
	}
	if p.next == nil {
		p.next = at.next()
	}
	if !found && hasFallback {
		p.Items, found = fallback, true
	}
	if !found {
		// An answer of another shape must not pass for an empty list.
		return fail(fmt.Errorf("no list %q in it", key))
	}
	return p, nil
}

// readItems reads an array of objects, or of texts where that is what a list
// has (activity_log_event_types). Intercom puts null into some lists (admins);
// those are left out.
func readItems(dec *jsontext.Decoder) ([]jsontext.Value, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var items []jsontext.Value
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		if k := v.Kind(); k == '{' || k == '"' {
			items = append(items, v)
		}
	}
	_, err := dec.ReadToken()
	return items, err
}

// pageNumber is where in a list a page stands. Some versions write numbers as
// texts.
type pageNumber struct {
	Page       jsontext.Value `json:"page"`
	TotalPages jsontext.Value `json:"total_pages"`
}

// next is the number of the page that follows, nil after the last.
func (p pageNumber) next() url.Values {
	page, err1 := strconv.Atoi(strings.Trim(string(p.Page), `"`))
	total, err2 := strconv.Atoi(strings.Trim(string(p.TotalPages), `"`))
	if err1 != nil || err2 != nil || page >= total {
		return nil
	}
	return url.Values{"page": {strconv.Itoa(page + 1)}}
}

// readNext reads "pages" for the way to the next page: a URL of which only the
// query counts, an object with a cursor, or, where there is no word of a next
// page, the number of this one. Anything else is the last page.
func readNext(dec *jsontext.Decoder) (url.Values, error) {
	raw, err := dec.ReadValue()
	if err != nil || raw.Kind() != '{' {
		return nil, err
	}
	var pages struct {
		Next jsontext.Value `json:"next"`
		pageNumber
	}
	if err := json.Unmarshal(raw, &pages, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, err
	}
	if len(pages.Next) == 0 {
		return pages.next(), nil
	}
	switch pages.Next.Kind() {
	case '"':
		var link string
		if err := json.Unmarshal(pages.Next, &link, jsontext.AllowInvalidUTF8(true)); err != nil {
			return nil, err
		}
		_, query, _ := strings.Cut(link, "?")
		values, err := url.ParseQuery(query)
		if err != nil || len(values) == 0 {
			return nil, nil //nolint:nilerr // a link without a usable query leads nowhere
		}
		return values, nil
	case '{':
		var next struct {
			StartingAfter jsontext.Value `json:"starting_after"`
		}
		if err := json.Unmarshal(pages.Next, &next, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
			return nil, err
		}
		cursor := ""
		switch next.StartingAfter.Kind() {
		case '"':
			if err := json.Unmarshal(next.StartingAfter, &cursor, jsontext.AllowInvalidUTF8(true)); err != nil {
				return nil, err
			}
		case '0':
			cursor = string(next.StartingAfter)
		}
		if cursor != "" {
			return url.Values{"starting_after": {cursor}}, nil
		}
	}
	return nil, nil
}

// collect reads every page of a list.
func collect(pages iter.Seq2[Page, error]) ([]jsontext.Value, error) {
	var items []jsontext.Value
	for p, err := range pages {
		if err != nil {
			return nil, err
		}
		items = append(items, p.Items...)
	}
	return items, nil
}

// All reads a whole list at once; for the short ones.
func (c *Client) All(ctx context.Context, l ListRequest) ([]jsontext.Value, error) {
	return collect(c.List(ctx, l))
}
