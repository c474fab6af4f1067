package intercomtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// The control of a server by other processes, under /_control/. The package
// comment has the list.

// maxControl bounds the body of a control request.
const maxControl = 64 << 20

// routeControl fills the mux of the control side.
func (s *Server) routeControl() {
	s.control = http.NewServeMux()
	for pattern, do := range map[string]func(r *http.Request, body Object) (any, error){
		"GET /_control/clock":    s.controlClock,
		"POST /_control/clock":   s.controlClock,
		"GET /_control/contents": s.controlContents,
		"POST /_control/churn":   s.controlChurn,
		"POST /_control/merge":   s.controlMerge,
		"POST /_control/spend":   s.controlSpend,
		"GET /_control/requests": s.controlRequests,
		"DELETE /_control/requests": func(*http.Request, Object) (any, error) {
			s.ForgetRequests()
			return Object{}, nil
		},
		"DELETE /_control/scroll": func(*http.Request, Object) (any, error) {
			s.EndScroll()
			return Object{}, nil
		},
		"GET /_control/faults":         s.controlFaults,
		"POST /_control/faults":        s.controlAddFault,
		"DELETE /_control/faults":      s.controlRemoveFaults,
		"DELETE /_control/faults/{id}": s.controlRemoveFaults,

		"GET /_control/records/{kind}":         s.controlIDs,
		"POST /_control/records/{kind}":        s.controlAdd,
		"GET /_control/records/{kind}/{id}":    s.controlGet,
		"PATCH /_control/records/{kind}/{id}":  s.controlUpdate,
		"DELETE /_control/records/{kind}/{id}": s.controlDelete,

		"POST /_control/records/{kind}/{id}/{list}":           s.controlAddTo,
		"PATCH /_control/records/{kind}/{id}/{list}/{entry}":  s.controlUpdateIn,
		"DELETE /_control/records/{kind}/{id}/{list}/{entry}": s.controlRemoveFrom,
	} {
		s.control.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answerControl(w, r, do) })
	}
}

// answerControl carries out a control request: 200 with what it gives, or 400
// with {"error": …}.
func answerControl(w http.ResponseWriter, r *http.Request, do func(*http.Request, Object) (any, error)) {
	result, err := func() (any, error) {
		var body Object
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControl))
		d.UseNumber()
		if err := d.Decode(&body); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("body: %w", err)
		}
		return do(r, body)
	}()
	status := http.StatusOK
	if err != nil {
		status, result = http.StatusBadRequest, Object{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(encode(result), '\n'))
}

// read decodes the body of a control request into v, refusing what v does not
// have.
func read(body Object, v any) error {
	raw := encode(body)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

func (s *Server) controlClock(_ *http.Request, body Object) (any, error) {
	var in struct{ Advance, Set string }
	if err := read(body, &in); err != nil {
		return nil, err
	}
	if in.Set != "" {
		t, err := time.Parse(time.RFC3339, in.Set)
		if err != nil {
			return nil, err
		}
		s.clock.Set(t)
	}
	if in.Advance != "" {
		d, err := time.ParseDuration(in.Advance)
		if err != nil {
			return nil, err
		}
		s.clock.Advance(d)
	}
	now := s.clock.Now()
	return Object{"now": now.Format(time.RFC3339), "unix": now.Unix()}, nil
}

func (s *Server) controlContents(r *http.Request, _ Object) (any, error) {
	c := s.Contents()
	if stream := r.URL.Query().Get("stream"); stream != "" {
		return Object{stream: nonNil(c[stream])}, nil
	}
	return c, nil
}

func (s *Server) controlChurn(_ *http.Request, body Object) (any, error) {
	in := struct{ Changes int }{1}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	return Object{"changes": nonNil(s.Churn(in.Changes))}, nil
}

func (s *Server) controlMerge(_ *http.Request, body Object) (any, error) {
	var in struct{ From, Into string }
	if err := read(body, &in); err != nil {
		return nil, err
	}
	return Object{}, s.Merge(in.From, in.Into)
}

func (s *Server) controlSpend(_ *http.Request, body Object) (any, error) {
	var in struct{ Requests int }
	if err := read(body, &in); err != nil {
		return nil, err
	}
	s.Spend(in.Requests)
	return Object{}, nil
}

// controlRequests gives the log, or the part that method and path name, and
// how many there are; count=true leaves it at the number.
func (s *Server) controlRequests(r *http.Request, _ Object) (any, error) {
	q := r.URL.Query()
	found := []Request{}
	for _, e := range s.Requests() {
		if matches(q.Get("method"), q.Get("path"), e.Method, e.Path) {
			found = append(found, e)
		}
	}
	out := Object{"count": len(found), "most_at_once": s.MostAtOnce()}
	if q.Get("count") != "true" {
		out["requests"] = found
	}
	return out, nil
}

func (s *Server) controlFaults(*http.Request, Object) (any, error) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	out := []Object{}
	for _, c := range s.faults.list {
		out = append(out, Object{
			"id": c.id, "method": c.fault.Method, "path": c.fault.Path, "times": c.fault.Times, "seen": c.seen, "hit": c.hit,
		})
	}
	return Object{"faults": out}, nil
}

func (s *Server) controlAddFault(_ *http.Request, body Object) (any, error) {
	var in struct {
		Method, Path, Except string

		Skip, Times int
		Delay       string
		Drop, Close bool
		Foreign     bool
		Status, Cut int
		Header      map[string]string
		Body        string
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	f := Fault{
		Method: in.Method, Path: in.Path, Except: in.Except, Foreign: in.Foreign, Skip: in.Skip, Times: in.Times, Drop: in.Drop, Close: in.Close,
		Status: in.Status, Cut: in.Cut, Body: in.Body, Header: http.Header{},
	}
	if in.Delay != "" {
		d, err := time.ParseDuration(in.Delay)
		if err != nil {
			return nil, err
		}
		f.Delay = d
	}
	for name, value := range in.Header {
		f.Header.Set(name, value)
	}
	return Object{"id": s.Control(f).id}, nil
}

// controlRemoveFaults removes the fault that the path names, or all.
func (s *Server) controlRemoveFaults(r *http.Request, _ Object) (any, error) {
	id := r.PathValue("id")
	removed := 0
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	kept := s.faults.list[:0:0]
	for _, c := range s.faults.list {
		if id == "" || strconv.Itoa(c.id) == id {
			removed++
			continue
		}
		kept = append(kept, c)
	}
	s.faults.list = kept
	if id != "" && removed == 0 {
		return nil, fmt.Errorf("no fault %s", id)
	}
	return Object{"removed": removed}, nil
}

func (s *Server) controlIDs(r *http.Request, _ Object) (any, error) {
	ids, err := s.IDs(r.PathValue("kind"))
	return Object{"ids": ids}, err
}

func (s *Server) controlGet(r *http.Request, _ Object) (any, error) {
	return s.Get(r.PathValue("kind"), r.PathValue("id"))
}

func (s *Server) controlAdd(r *http.Request, body Object) (any, error) {
	id, err := s.Add(r.PathValue("kind"), body)
	return Object{"id": id}, err
}

func (s *Server) controlUpdate(r *http.Request, body Object) (any, error) {
	return Object{}, s.Update(r.PathValue("kind"), r.PathValue("id"), body)
}

func (s *Server) controlDelete(r *http.Request, _ Object) (any, error) {
	return Object{}, s.Delete(r.PathValue("kind"), r.PathValue("id"))
}

func (s *Server) controlAddTo(r *http.Request, body Object) (any, error) {
	id, err := s.AddTo(r.PathValue("kind"), r.PathValue("id"), r.PathValue("list"), body)
	return Object{"id": id}, err
}

func (s *Server) controlUpdateIn(r *http.Request, body Object) (any, error) {
	return Object{}, s.UpdateIn(r.PathValue("kind"), r.PathValue("id"), r.PathValue("list"), r.PathValue("entry"), body)
}

func (s *Server) controlRemoveFrom(r *http.Request, _ Object) (any, error) {
	return Object{}, s.RemoveFrom(r.PathValue("kind"), r.PathValue("id"), r.PathValue("list"), r.PathValue("entry"))
}
