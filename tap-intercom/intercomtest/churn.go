package intercomtest

import "fmt"

// Churn makes n changes of the kinds that happen in a workspace, one after the
// other at the clock's time, and returns what it did in words. What it does
// follows from the seed and from what was done before.
func (s *Server) Churn(n int) []string {
	var done []string
	for range n {
		s.mu.Lock()
		s.ws.churned++
		g := newGen(s.options.Seed, "churn", s.ws.churned)
		s.mu.Unlock()
		what, err := s.churn(g)
		if err != nil {
			// What it changes it took from the workspace itself; another
			// goroutine may have taken it away since.
			what = err.Error()
		}
		done = append(done, what)
	}
	return done
}

// some picks the id of a record of a kind, "" if there is none.
func (s *Server) some(g gen, kind string) string {
	ids, err := s.IDs(kind)
	if err != nil || len(ids) == 0 {
		return ""
	}
	return pick(g, ids)
}

func (s *Server) churn(g gen) (string, error) {
	contact, conversation := s.some(g, "contacts"), s.some(g, "conversations")
	ticket, company, tag := s.some(g, "tickets"), s.some(g, "companies"), s.some(g, "tags")
	add := func(kind string) (string, error) {
		id, err := s.Add(kind, nil)
		return fmt.Sprintf("add %s %s", kind, id), err
	}
	switch n := g.IntN(22); {
	case n <= 2 && contact != "":
		return "update contact " + contact, s.Update("contacts", contact, Object{"name": g.sentence(), "custom_attributes": Object{"seats": g.IntN(99)}})
	case n == 3:
		return add("contacts")
	case n == 4 && contact != "" && tag != "":
		_, err := s.AddTo("contacts", contact, "tags", Object{"id": tag})
		return "tag contact " + contact, err
	case n == 5 && contact != "" && company != "":
		_, err := s.AddTo("contacts", contact, "companies", Object{"id": company})
		return "attach contact " + contact, err
	case n == 6 && contact != "":
		return "delete contact " + contact, s.Delete("contacts", contact)
	case n == 7:
		if other := s.some(g, "contacts"); other != contact {
			return "merge contact " + contact + " into " + other, s.Merge(contact, other)
		}
		return "merge nothing", nil
	case n == 8 && company != "":
		return "update company " + company, s.Update("companies", company, Object{"monthly_spend": g.IntN(9000)})
	case n == 9:
		return add("companies")
	case n <= 13 && conversation != "":
		_, err := s.AddTo("conversations", conversation, "parts", Object{"body": g.body()})
		return "reply to conversation " + conversation, err
	case n == 14 && conversation != "":
		return "close conversation " + conversation, s.Update("conversations", conversation, Object{"state": "closed", "open": false})
	case n == 15:
		return add("conversations")
	case n == 16 && conversation != "":
		return "delete conversation " + conversation, s.Delete("conversations", conversation)
	case n == 17 && ticket != "":
		_, err := s.AddTo("tickets", ticket, "parts", Object{"body": g.body()})
		return "reply to ticket " + ticket, err
	case n == 18:
		return add("tickets")
	case n == 19 && tag != "":
		return "rename tag " + tag, s.Update("tags", tag, Object{"name": g.sentence()})
	case n == 20 && contact != "":
		if _, err := s.AddTo("contacts", contact, "events", Object{"event_name": pick(g, []string{"placed-order", "returned-order"})}); err != nil {
			return "nothing happens with contact " + contact, nil //nolint:nilerr // one event a second
		}
		return "something happens with contact " + contact, nil
	case n == 21:
		id, err := s.Add("data_connector_executions", nil)
		return "call a data connector, execution " + id, err
	}
	return "change nothing", nil
}
