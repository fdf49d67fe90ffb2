// The one thing that can be asked over HTTP: whether it works.

package main

import (
	"encoding/json"
	"net/http"
	"time"
)

func newServer(s settings, from source) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(writer http.ResponseWriter, _ *http.Request) {
		status, word := http.StatusOK, "ok"
		if !from.ready() {
			status, word = http.StatusServiceUnavailable, "starting"
		}
		writer.Header().Set("content-type", "application/json")
		writer.WriteHeader(status)
		// Whoever asked has gone if this fails.
		_ = json.NewEncoder(writer).Encode(map[string]string{"status": word, "service": "notification", "release": s.release})
	})
	return &http.Server{
		Addr: s.listen, Handler: mux, MaxHeaderBytes: 8 << 10,
		ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, IdleTimeout: 30 * time.Second,
	}
}
