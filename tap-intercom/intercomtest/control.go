package intercomtest

import "net/http"

func (s *Server) routeControl() { s.control = http.NewServeMux() }
