package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// A tee carries what the tap writes to the target and keeps a copy. When the target is gone the tap learns it, as in a pipe.
type tee struct {
	in, out *os.File // the ends for the tap and for the target
	whole   bool     // all was carried
	copied  chan error
}

func newTee(name string, m *mischief) (*tee, error) {
	kept, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	fromTap, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, toTarget, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	t := &tee{in: in, out: out, copied: make(chan error, 1)}
	lines := m.counts(tapWrote)
	go func() {
		var err error
		copied := io.TeeReader(fromTap, kept)
		if lines {
			err = byLines(toTarget, copied, func() { m.strikes(tapWrote) })
		} else {
			_, err = io.Copy(toTarget, copied)
		}
		t.whole = err == nil // else either side is gone
		t.copied <- errors.Join(toTarget.Close(), fromTap.Close(), kept.Close())
	}()
	return t, nil
}

// byLines copies lines, and calls then each time the reader at the other end of the pipe has read one. It has when it has begun to read what
// stands behind it: more blanks than a pipe holds.
func byLines(to io.Writer, from io.Reader, then func()) error {
	blanks := bytes.Repeat([]byte(" "), 128<<10)
	for lines := bufio.NewReader(from); ; then() {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := to.Write(append(line, blanks...)); err != nil {
			return err
		}
	}
}

// started lets go of the ends that the processes have now.
func (t *tee) started() error { return errors.Join(t.in.Close(), t.out.Close()) }

// wait returns when nothing more is carried.
func (t *tee) wait() (whole bool, err error) {
	err = <-t.copied
	return t.whole, err
}
