// Files in place of a mail server, an SMS provider and a push service: bounded, the oldest lines go first.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	sinkBytes = 1 << 20
	sinkKept  = 2
)

type sinks struct {
	files map[channel]*sink
}

func openSinks(folder string) (*sinks, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("CASINO_SINKS: %w", err)
	}
	result := &sinks{files: make(map[channel]*sink)}
	for _, by := range []channel{mail, sms, push} {
		opened, err := openSink(filepath.Join(folder, string(by)+".jsonl"), sinkBytes, sinkKept)
		if err != nil {
			result.close()
			return nil, err
		}
		result.files[by] = opened
	}
	return result, nil
}

func (s *sinks) send(what notice) error {
	line, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return s.files[what.Channel].write(append(line, '\n'))
}

func (s *sinks) close() {
	for _, file := range s.files {
		file.close()
	}
}

// sink is one file with its predecessors `.1`, `.2` …
type sink struct {
	path string
	most int64
	kept int
	file *os.File
	size int64
}

func openSink(path string, most int64, kept int) (*sink, error) {
	result := &sink{path: path, most: most, kept: kept}
	return result, result.open()
}

func (s *sink) open() error {
	file, err := os.OpenFile(s.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	status, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	s.file, s.size = file, status.Size()
	return nil
}

func (s *sink) write(line []byte) error {
	if s.file == nil {
		// The last rotation failed half way.
		if err := s.open(); err != nil {
			return err
		}
	}
	if s.size > 0 && s.size+int64(len(line)) > s.most {
		if err := s.rotate(); err != nil {
			return err
		}
	}
	written, err := s.file.Write(line)
	s.size += int64(written)
	return err
}

func (s *sink) rotate() error {
	s.close()
	for number := s.kept; number > 0; number-- {
		from := s.path
		if number > 1 {
			from = fmt.Sprintf("%s.%d", s.path, number-1)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", s.path, number)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return s.open()
}

func (s *sink) close() {
	if s.file == nil {
		return
	}
	// Everything was written already; a failure to close loses nothing.
	_ = s.file.Close()
	s.file = nil
}
