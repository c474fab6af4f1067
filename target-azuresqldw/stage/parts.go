package stage

import (
	"context"
	"fmt"
)

// Parts is one table's rows as a series of files. COPY INTO reads the files of
// a list in parallel and cannot split a gzip, so a large table goes up in
// several. Like a File it is used by one goroutine at a time.
type Parts struct {
	c    *Container
	ctx  context.Context // for the files that are yet to be begun
	stem string

	open *File
	done []Blob
}

// NewParts begins a series; its files are named stem-0000.csv.gz and on. The
// extension is how the pool recognises gzip, and .gzip it does not.
func (c *Container) NewParts(ctx context.Context, stem string) *Parts {
	return &Parts{c: c, ctx: ctx, stem: stem}
}

// Write takes whole rows. When the file has reached the size to rotate at,
// the rows begin the next one.
func (p *Parts) Write(rows []byte) (int, error) {
	if p.open != nil && p.open.Size() >= p.c.o.RotateBytes {
		if err := p.rotate(p.ctx); err != nil {
			return 0, err
		}
	}
	if p.open == nil {
		p.open = p.c.NewFile(p.ctx, fmt.Sprintf("%s-%04d.csv.gz", p.stem, len(p.done)))
	}
	return p.open.Write(rows)
}

// Kept is how much memory the series takes.
func (p *Parts) Kept() int64 {
	if p.open == nil {
		return 0
	}
	return p.open.block.room
}

// Send has what is compressed uploaded now, so that it takes no memory. The
// file goes on.
func (p *Parts) Send() error {
	if p.open == nil || p.open.block.size == 0 {
		return nil
	}
	if p.open.err != nil {
		return p.open.err
	}
	if err := p.open.sendBlock(); err != nil {
		return p.open.fail(err)
	}
	return nil
}

func (p *Parts) rotate(ctx context.Context) error {
	blob, err := p.open.Commit(ctx)
	p.open = nil
	if err != nil {
		return err
	}
	p.done = append(p.done, blob)
	return nil
}

// Commit ends the series and returns its files.
func (p *Parts) Commit(ctx context.Context) ([]Blob, error) {
	if p.open != nil {
		if err := p.rotate(ctx); err != nil {
			return p.done, err
		}
	}
	return p.done, nil
}

// Abort gives up the file that is open and returns those that are there, for
// the caller to delete.
func (p *Parts) Abort() []Blob {
	if p.open != nil {
		p.open.Abort()
		p.open = nil
	}
	return p.done
}
