package blobtest

import (
	"errors"
	"net/http"
	"slices"
	"testing"
)

// It would take 100,000 requests to see from outside.
func TestUncommittedBlocksHaveALimit(t *testing.T) {
	t.Parallel()
	full := slices.Repeat([]block{{id: "MDA="}}, maxUncommitted)
	c := &container{staged: map[string][]block{"b": full}, committed: map[string]*blob{}}
	var r *refusal
	if err := c.stage("b", block{id: "MDE="}); !errors.As(err, &r) || r.code != "BlockCountExceedsLimit" || r.status != 409 {
		t.Errorf("one more block: %v, want 409 BlockCountExceedsLimit", err)
	}
	if err := c.stage("b", block{id: "MDA="}); err != nil {
		t.Errorf("a block again: %v", err)
	}
}

func TestOldRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	for range maxRequests + 1 {
		s.record(&call{request: &http.Request{}}, nil)
	}
	if n := len(s.Requests()); n < maxRequests/2 || n > maxRequests {
		t.Errorf("%d requests are remembered", n)
	}
}
