package main

import (
	"errors"
	"io"
	"os"
)

// A tee carries what the tap writes to the target and keeps a copy. When the target is gone the tap learns it, as in a pipe.
type tee struct {
	in, out *os.File // the ends for the tap and for the target
	copied  chan error
}

func newTee(name string) (*tee, error) {
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
	go func() {
		_, _ = io.Copy(toTarget, io.TeeReader(fromTap, kept)) // it ends when either side is gone
		t.copied <- errors.Join(toTarget.Close(), fromTap.Close(), kept.Close())
	}()
	return t, nil
}

// started lets go of the ends that the processes have now.
func (t *tee) started() error { return errors.Join(t.in.Close(), t.out.Close()) }

// wait returns when nothing more is carried.
func (t *tee) wait() error { return <-t.copied }
