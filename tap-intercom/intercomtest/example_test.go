package intercomtest_test

import (
	"fmt"
	"net/http"

	"intercomdw/tap-intercom/intercomtest"
)

func Example() {
	s, err := intercomtest.Start(intercomtest.Options{Clock: intercomtest.NewClock(intercomtest.Epoch), Rate: 167})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	// The second request from now on meets an overloaded service.
	s.Control(intercomtest.Fault{Path: "/me", Skip: 1, Status: http.StatusServiceUnavailable})

	for range 3 {
		req, err := http.NewRequest(http.MethodGet, s.URL+"/me", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Authorization", "Bearer any")
		resp, err := s.Client().Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = resp.Body.Close()
		fmt.Printf("%d, %q left\n", resp.StatusCode, resp.Header.Get("X-RateLimit-Remaining"))
	}
	// Output:
	// 200, "166" left
	// 503, "" left
	// 200, "165" left
}
