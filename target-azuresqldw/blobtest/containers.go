package blobtest

import (
	"net/http"
	"regexp"
)

// containerForm is the form of a container's name: lower case, no two dashes in a row (naming-and-referencing-containers--blobs--and-metadata).
var containerForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func checkContainerName(name string) error {
	if name == "$root" || name == "$web" || name == "$logs" {
		return nil
	}
	if len(name) < 3 || len(name) > 63 {
		return refuse(400, "OutOfRangeInput", "a container's name has 3 to 63 characters: %q", name)
	}
	if !containerForm.MatchString(name) {
		return refuse(400, "InvalidResourceName", "a container's name is of lower-case letters, digits and single dashes: %q", name)
	}
	return nil
}

// createContainer creates a container (create-container).
func (s *Server) createContainer(c *call) (*answer, error) {
	if err := checkContainerName(c.container); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.containers[c.container] != nil {
		return nil, refuse(409, "ContainerAlreadyExists", "container %s exists", c.container)
	}
	cont := s.newContainer()
	cont.metadata = c.metadata()
	s.containers[c.container] = cont
	return &answer{status: http.StatusCreated, header: map[string]string{
		"ETag":          cont.etag,
		"Last-Modified": httpTime(cont.created),
	}}, nil
}

// getContainerProperties tells about a container, and so whether there is one (get-container-properties).
func (s *Server) getContainerProperties(c *call) (*answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cont := s.containers[c.container]
	if cont == nil {
		return nil, noContainer()
	}
	h := map[string]string{
		"ETag":                         cont.etag,
		"Last-Modified":                httpTime(cont.created),
		"x-ms-lease-status":            "unlocked",
		"x-ms-lease-state":             "available",
		"x-ms-has-immutability-policy": "false",
		"x-ms-has-legal-hold":          "false",
	}
	for name, value := range cont.metadata {
		h[name] = value
	}
	return &answer{status: http.StatusOK, header: h}, nil
}

// deleteContainer deletes a container with all that is in it (delete-container).
func (s *Server) deleteContainer(c *call) (*answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.containers[c.container] == nil {
		return nil, noContainer()
	}
	delete(s.containers, c.container)
	return &answer{status: http.StatusAccepted, header: map[string]string{}}, nil
}
