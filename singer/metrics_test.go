package singer_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
)

func TestMetricsAreWrittenAsSingerPythonDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		m := singer.NewMetrics(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})))

		c := m.Counter(singer.RecordCount, singer.Tags{"endpoint": "users"})
		c.Add(2)
		time.Sleep(59 * time.Second) // the clock of synctest
		c.Add(1)
		time.Sleep(time.Second)
		c.Add(4) // a minute after the beginning
		c.Add(5)
		c.Close()
		stop := m.Timer(singer.HTTPRequestDuration, singer.Tags{"endpoint": "users"})
		time.Sleep(1500 * time.Millisecond)
		stop(nil, singer.Tags{"http_status_code": "200"})
		stop = m.Timer(singer.JobDuration, singer.Tags{"job_type": "sy\"nc"})
		stop(errors.New("refused"), nil)

		got := strings.ReplaceAll(out.String(), `\"`, `"`)
		want := `level=INFO msg="METRIC: {"type":"counter","metric":"record_count","value":7,"tags":{"endpoint":"users"}}"
level=INFO msg="METRIC: {"type":"counter","metric":"record_count","value":5,"tags":{"endpoint":"users"}}"
level=INFO msg="METRIC: {"type":"timer","metric":"http_request_duration","value":1.5,"tags":{"endpoint":"users","http_status_code":"200","status":"succeeded"}}"
level=INFO msg="METRIC: {"type":"timer","metric":"job_duration","value":0,"tags":{"job_type":"sy\\"nc","status":"failed"}}"
`
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNilMetricsWriteNothing(t *testing.T) {
	t.Parallel()
	var m *singer.Metrics
	c := m.Counter(singer.RecordCount, nil)
	c.Add(1)
	c.Close()
	m.Timer(singer.JobDuration, nil)(nil, nil)
}
