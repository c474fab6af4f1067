package tap

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercom"
)

// searchable returns the parent of g as it is read by a search for what changed,
// nil where that will not do. A search leaves out companies without users
// (reference of POST /companies/search), so that the first run of a stream is
// never by one.
func (r *run) searchable(g *group) *stream {
	if r.scrollAlways || ordinal(r.api) < ordinal("2.17") {
		return nil
	}
	for _, o := range g.outs {
		if o.initial == none {
			return nil
		}
	}
	searched := *g.parent
	searched.dialect, searched.endpoint, searched.sortedByDoc = search, "/companies/search", true
	return &searched
}

// syncCompanies reads companies by search, or by scroll.
func (r *run) syncCompanies(ctx context.Context, g *group) error {
	if searched := r.searchable(g); searched != nil {
		// What a scroll has sent and the search leaves out is not forgotten: the next
		// scroll does not send it again.
		for id, updated := range g.seen {
			g.recent.add(id, updated)
		}
		// The outputs point to the group: it is not copied.
		scrolled := g.parent
		g.parent = searched
		err := r.syncSearch(ctx, g)
		if !errors.Is(err, intercom.ErrRefused) {
			return err
		}
		g.parent = scrolled
		r.log.Warn("the search for companies is refused: reading all of them", "err", err)
	}
	return r.syncScroll(ctx, g)
}

// syncScroll reads a scroll to its end before anything is written: a scroll
// that rests for a minute is gone, and a target that loads may rest longer.
// What is wanted waits in a file. Of a scroll that breaks off for good, what came is
// written too; the bookmark stays.
func (r *run) syncScroll(ctx context.Context, g *group) (err error) {
	s, err := newSpool()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	all, broken, err := r.drain(ctx, g, s)
	if err != nil {
		return err
	}
	r.log.Debug("scroll read", "stream", g.parent.name, "rows", all.rows, "wanted", s.rows)
	if err := r.send(ctx, g, r.spooled(g, s), nil); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	all.prove(r.log, g.parent.name)
	return r.finish(g)
}

// drain puts the rows of a scroll that are wanted into s. broken is why the scroll
// did not come to its end; what came is good.
func (r *run) drain(ctx context.Context, g *group, s *spool) (all tally, broken, err error) {
	for p, err := range r.client.Scroll(ctx, g.parent.endpoint, g.parent.items) {
		if err != nil {
			if ctx.Err() != nil {
				return all, nil, err
			}
			return all, err, nil
		}
		items, err := g.items(p.Items)
		if err != nil {
			return all, nil, err
		}
		all.add(p.Total, len(items))
		for _, it := range items {
			switch {
			case g.wanted(it, r.upper):
				err = s.put(it.raw)
			case it.updated <= r.upper:
				g.recent.add(it.id, it.updated)
			}
			if err != nil {
				return all, nil, err
			}
		}
	}
	return all, nil, nil
}

// spooled yields what waits in a spool.
func (r *run) spooled(g *group, s *spool) batches {
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] {
		return func(yield func(intercom.Page, error) bool) {
			for ctx.Err() == nil {
				raws, err := s.next(scrollPage)
				if (err == nil && len(raws) == 0) || !yield(intercom.Page{Items: raws}, err) {
					return
				}
			}
			yield(intercom.Page{}, context.Cause(ctx))
		}
	}
	return r.pages(g, read, func(_ context.Context, _ intercom.Page, items []item) (batch, bool, error) {
		return r.batch(items, nil), true, nil
	})
}

// scrollPage is how many rows are taken from the spool at a time.
const scrollPage = 100

// spool keeps JSON values in a temporary file, first in, first out. Everything
// is put before anything is taken.
type spool struct {
	file   *os.File
	gone   bool // removed already, but still open
	w      *bufio.Writer
	r      *bufio.Reader // nil while values are being put
	rows   int
	length [binary.MaxVarintLen64]byte
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "tap-intercom-*.spool")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	// Where an open file may be removed, it is now: a program that is killed leaves
	// nothing of the customer's behind. Windows refuses, and close removes it.
	gone := os.Remove(f.Name()) == nil
	return &spool{file: f, gone: gone, w: bufio.NewWriterSize(f, 1<<16)}, nil
}

func (s *spool) put(v jsontext.Value) error {
	s.rows++
	n := binary.PutUvarint(s.length[:], uint64(len(v)))
	_, err := s.w.Write(s.length[:n]) // a bufio.Writer keeps its error
	if err == nil {
		_, err = s.w.Write(v)
	}
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// next takes up to n values; none are left when it returns none.
func (s *spool) next(n int) ([]jsontext.Value, error) {
	if s.r == nil {
		if err := s.w.Flush(); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		s.r = bufio.NewReaderSize(s.file, 1<<16)
	}
	var values []jsontext.Value
	for len(values) < n {
		length, err := binary.ReadUvarint(s.r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		v := make(jsontext.Value, length)
		if _, err := io.ReadFull(s.r, v); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
		values = append(values, v)
	}
	return values, nil
}

// close removes the file.
func (s *spool) close() error {
	err := s.file.Close()
	if !s.gone {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}
