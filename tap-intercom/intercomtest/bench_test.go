package intercomtest_test

import (
	"fmt"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

func BenchmarkStart(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				s, err := intercomtest.Start(intercomtest.Options{Contacts: n, Companies: n, Conversations: n, Tickets: n, Pipe: true})
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
	}
}
