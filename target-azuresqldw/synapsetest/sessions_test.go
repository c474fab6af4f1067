package synapsetest

import (
	"errors"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

func TestASessionIsShownWhenItIsOverAndCanBeEnded(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	hungUp := false
	client, err := s.Login(t.Context(), tds.Login{User: s.User(), Password: s.Password(), HangUp: func() { hungUp = true }})
	if err != nil {
		t.Fatal(err)
	}
	name := client.(*session).name()
	wantText(t, s, "SELECT status FROM sys.dm_pdw_exec_sessions WHERE session_id = '"+name+"'", "Active")
	wantText(t, s, "KILL '"+name+"'; SELECT 1", "1")
	if !hungUp {
		t.Error("the connection was not cut")
	}
	client.Close()
	wantText(t, s, "SELECT status FROM sys.dm_pdw_exec_sessions WHERE session_id = '"+name+"'", "Closed")
	_, err = s.Query("KILL '" + name + "'")
	if e, ok := errors.AsType[*sqltype.Error](err); !ok || e.Number != 6106 {
		t.Errorf("KILL of a session that is over: %v", err)
	}
}
