package tap

import (
	"errors"
	"net/http"
	"strings"

	"intercomdw/tap-intercom/intercom"
)

// scopes are the permissions of an app that calls need, by the beginning of
// their endpoint. Intercom names them for some calls only: those here are from
// its description of API 2.16 and its reference of 2.17, and are taken to hold
// for the calls beside them too (handling events of conversations are
// documented, conversations are not; contacts are the users of
// read_users_companies).
var scopes = []struct{ prefix, scope string }{
	{"/admins", "read_admins"},
	{"/articles", "read_articles_scope"},
	{"/companies", "read_users_companies"},
	{"/contacts", "read_users_companies"},
	{"/content/", "read_content"},
	{"/content_snippets", "read_write_content_snippets"},
	{"/conversations", "read_conversations"},
	{"/events", "read_events"},
	{"/export/content", "export_content_data"},
	{"/export/reporting_data", "export_reporting_data"},
	{"/help_center/help_centers/{id}/redirects", "read_help_center_redirects_scope"},
	{"/macros", "read_conversations"},
	{"/office_hours_schedules", "read_write_office_hours"},
}

// scope is the permission that reading s needs, "" when it is not documented.
func (s *stream) scope() string {
	if s.endpoint == "" && s.parent != "" {
		return streamNamed(s.parent).scope()
	}
	for _, row := range scopes {
		if strings.HasPrefix(s.endpoint, row.prefix) {
			return row.scope
		}
	}
	return ""
}

// missing says what would let the token read s, in words for a person.
func (s *stream) missing(err error) string {
	e, ok := errors.AsType[*intercom.Error](err)
	switch {
	case ok && (e.Status == http.StatusPaymentRequired || e.Code == "api_plan_restricted"):
		return "the workspace's plan does not include it"
	case s.scope() != "":
		return "give the app the scope " + s.scope() + " in the Developer Hub"
	}
	return "give the app the permission to read it in the Developer Hub"
}
