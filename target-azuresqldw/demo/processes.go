package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"intercomdw/singer/program"
)

// doubles are the running workspace and pool, and where their files are.
type doubles struct {
	dir         string
	intercomURL string
	pool        settings
	running     []*exec.Cmd
}

// settings are those of target-azuresqldw that the emulator gives.
type settings struct {
	Host         string `json:"host"`
	Port         int    `json:"port"`
	Database     string `json:"database"`
	User         string `json:"user"`
	Password     string `json:"password"`
	BlobEndpoint string `json:"blob_endpoint"`
	Container    string `json:"container"`
	AccountKey   string `json:"account_key"`

	TrustServerCertificate bool   `json:"trust_server_certificate"`
	DefaultTargetSchema    string `json:"default_target_schema"`
	LogLevel               string `json:"log_level"`
}

// command prepares a program whose words for people go to ours.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	c.Stderr = os.Stderr
	return c
}

func (d *doubles) program(name string) string { return filepath.Join(d.dir, name) }

// startDoubles starts both and returns once they answer.
func startDoubles(ctx context.Context, dir string) (_ *doubles, err error) {
	d := &doubles{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.stop())
		}
	}()
	line, err := d.start(ctx, "listening on ", "simulator", "--listen", "127.0.0.1:0",
		"--contacts", "400", "--companies", "120", "--conversations", "200", "--tickets", "80")
	if err != nil {
		return nil, err
	}
	d.intercomURL = strings.TrimPrefix(line, "listening on ")

	if _, err = d.start(ctx, "ready", "emulator"); err != nil {
		return nil, err
	}
	d.pool, err = d.settings()
	return d, err
}

// settings reads what the emulator says of itself.
func (d *doubles) settings() (settings, error) {
	s := settings{DefaultTargetSchema: "intercom", LogLevel: "warning"}
	words, err := os.ReadFile(d.program("emulator.log"))
	if err != nil {
		return s, err
	}
	_, text, found := bytes.Cut(words, []byte("settings of target-azuresqldw:\n"))
	if !found {
		return s, errors.New("the emulator did not say its settings")
	}
	return s, json.NewDecoder(bytes.NewReader(text)).Decode(&s)
}

// start runs a double and returns the first line of its standard output that
// begins with sign.
func (d *doubles) start(ctx context.Context, sign, name string, args ...string) (string, error) {
	c := command(ctx, d.program(name), args...)
	words, err := os.Create(d.program(name + ".log"))
	if err != nil {
		return "", err
	}
	defer words.Close() // the process has its own
	c.Stderr = words
	out, err := c.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := c.Start(); err != nil {
		return "", err
	}
	d.running = append(d.running, c)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), sign) {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return lines.Text(), nil
		}
	}
	return "", fmt.Errorf("%s ended before it was ready", name)
}

// stop ends the doubles and waits for them.
func (d *doubles) stop() error {
	var errs []error
	for _, c := range d.running {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil && c.ProcessState != nil && c.ProcessState.ExitCode() > 0 {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.Base(c.Path), err))
		}
	}
	return errors.Join(errs...)
}

// writeConfigs writes the two config files, as a user would. The ids are those of
// the simulator's workspace that no call lists.
func (d *doubles) writeConfigs(selected, version string) error {
	tap := map[string]any{
		"access_token": "demo-token", "base_url": d.intercomURL, "start_date": "2015-01-01T00:00:00Z", "log_level": "warning",
		"message_ruleset_ids": []string{"12345", "12348"}, "workflow_ids": []string{"67890", "67893", "67896"}, "custom_object_types": []string{"Subscription plan"},
	}
	if selected != "" {
		tap["select"] = strings.Split(selected, ",")
	}
	if version != "" {
		tap["api_version"] = version
	}
	return errors.Join(d.writeJSON("tap.json", tap), d.writeJSON("target.json", d.pool))
}

func (d *doubles) writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, name), append(b, '\n'), 0o600)
}

// pipe runs tap-intercom | target-azuresqldw, beginning where the warehouse
// says that the last run ended.
func (d *doubles) pipe(ctx context.Context) error {
	began := time.Now()
	state, err := command(ctx, d.program("target-azuresqldw"), "state", "--config", filepath.Join(d.dir, "target.json")).Output()
	if err != nil {
		return fmt.Errorf("target-azuresqldw state: %w", err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "state.json"), state, 0o600); err != nil {
		return err
	}
	tap := command(ctx, d.program("tap-intercom"), "--config", filepath.Join(d.dir, "tap.json"), "--state", filepath.Join(d.dir, "state.json"))
	target := command(ctx, d.program("target-azuresqldw"), "--config", filepath.Join(d.dir, "target.json"))
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	tap.Stdout, target.Stdin = in, out
	target.Stdout = io.Discard // STATE lines; the warehouse has them too
	errTap, errTarget := tap.Start(), target.Start()
	if err := errors.Join(errTap, errTarget, in.Close(), out.Close()); err != nil {
		return err
	}
	if err := errors.Join(tap.Wait(), target.Wait()); err != nil {
		return fmt.Errorf("tap-intercom | target-azuresqldw: %w", err)
	}
	fmt.Println("took", time.Since(began).Round(10*time.Millisecond))
	return nil
}

// churn has the workspace make changes of its own and prints them.
func (d *doubles) churn(ctx context.Context, n int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.intercomURL+"/_control/churn",
		bytes.NewBufferString(fmt.Sprintf(`{"changes": %d}`, n)))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		Changes []string
		Error   string
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	for _, c := range answer.Changes {
		fmt.Println("-", program.Printable(c))
	}
	return nil
}
