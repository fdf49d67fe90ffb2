package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSinksAreBoundedAndLoseOnlyTheOldest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.jsonl")
	s, err := openSink(path, 100, 2)
	if err != nil {
		t.Fatal(err)
	}
	for number := range 100 {
		if err := s.write([]byte(strings.Repeat(string(rune('a'+number%26)), 29) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	s.close()
	found, err := filepath.Glob(path + "*")
	if err != nil || len(found) != 3 {
		t.Fatalf("%v %v", found, err)
	}
	for _, each := range found {
		if status, err := os.Stat(each); err != nil || status.Size() > 100 {
			t.Errorf("%s: %v %v", each, status, err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(text), strings.Repeat("v", 29)+"\n") {
		t.Errorf("the newest line is not in %s: %q", path, text)
	}
}

func TestASinkGoesOnWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sms.jsonl")
	for range 2 {
		s, err := openSink(path, 100, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
		s.close()
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "line\nline\n" {
		t.Errorf("%q %v", text, err)
	}
}

func TestEachChannelHasItsFile(t *testing.T) {
	folder := t.TempDir()
	s, err := openSinks(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, by := range []channel{mail, sms, push} {
		if err := s.send(notice{Channel: by, Text: "told by " + string(by)}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(folder, string(by)+".jsonl"))
		if err != nil || !strings.Contains(string(text), "told by "+string(by)) {
			t.Errorf("%s: %q %v", by, text, err)
		}
	}
}
