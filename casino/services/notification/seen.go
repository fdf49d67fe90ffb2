// Which messages were handled: the bus may deliver twice, a player is told once.

package main

type seen struct {
	most  int
	known map[string]struct{}
	order []string
	next  int
}

func newSeen(most int) *seen {
	return &seen{most: most, known: make(map[string]struct{}, most)}
}

func (s *seen) has(id string) bool {
	_, found := s.known[id]
	return found
}

// add forgets the oldest when there is no more room.
func (s *seen) add(id string) {
	if s.has(id) {
		return
	}
	s.known[id] = struct{}{}
	if len(s.order) < s.most {
		s.order = append(s.order, id)
		return
	}
	delete(s.known, s.order[s.next])
	s.order[s.next] = id
	s.next = (s.next + 1) % s.most
}
