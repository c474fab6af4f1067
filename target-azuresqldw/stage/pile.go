package stage

import (
	"errors"
	"io"
)

// Compressed bytes are kept in pieces: nothing is copied when there are more of
// them, and what they take is known. The first piece of a block is small, for
// there may be hundreds of small files.
const (
	firstPiece = 4 << 10
	fullPiece  = 64 << 10
)

// A pile is a block on its way. What it takes counts as kept by its Container.
type pile struct {
	c      *Container
	pieces [][]byte
	size   int
	room   int64
}

// add copies data to the pile's end.
func (p *pile) add(data []byte) {
	p.size += len(data)
	for len(data) > 0 {
		last := len(p.pieces) - 1
		if last < 0 || len(p.pieces[last]) == cap(p.pieces[last]) {
			p.grow()
			last++
		}
		piece := p.pieces[last]
		n := min(len(data), cap(piece)-len(piece))
		p.pieces[last] = append(piece, data[:n]...)
		data = data[n:]
	}
}

func (p *pile) grow() {
	piece := make([]byte, 0, firstPiece)
	if len(p.pieces) > 0 {
		piece = p.c.piece()
	}
	p.pieces = append(p.pieces, piece)
	p.room += int64(cap(piece))
	p.c.kept.Add(int64(cap(piece)))
}

func (c *Container) piece() []byte {
	if full, ok := c.pieces.Get().(*[fullPiece]byte); ok {
		return full[:0]
	}
	return make([]byte, 0, fullPiece)
}

// free forgets the pile. Its pieces are used again unless somebody may still read them.
func (p *pile) free(again bool) {
	p.c.kept.Add(-p.room)
	for _, piece := range p.pieces {
		if again && cap(piece) == fullPiece {
			p.c.pieces.Put((*[fullPiece]byte)(piece[:fullPiece]))
		}
	}
	*p = pile{c: p.c}
}

// reader reads the pile as the body of a request.
func (p *pile) reader() *pileReader { return &pileReader{pile: *p} }

// A pileReader is an [io.ReadSeekCloser], as the SDK wants it for requests that it may send again.
type pileReader struct {
	pile   pile
	at     int64
	passes int // times it was read from its beginning: after more than one, a request that was given up may still be reading
}

func (r *pileReader) Read(dst []byte) (n int, err error) {
	if r.at == 0 {
		r.passes++
	}
	at := r.at
	for _, piece := range r.pile.pieces {
		if at < int64(len(piece)) {
			m := copy(dst[n:], piece[at:])
			n += m
			at += int64(m)
			if n == len(dst) {
				break
			}
		}
		at -= int64(len(piece))
	}
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	r.at += int64(n)
	return n, nil
}

func (r *pileReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += int64(r.pile.size)
	}
	if offset < 0 {
		return 0, errors.New("stage: seek before the beginning")
	}
	r.at = offset
	return offset, nil
}

func (*pileReader) Close() error { return nil }
