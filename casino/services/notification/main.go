// Command notification tells players what became of their payments: it takes messages from the bus and writes mail, SMS and push
// to local files, for nobody here has a real address.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

const (
	// What all of it may hold; the collector works harder near it.
	memoryLimit = 16 << 20
	stopWithin  = 2 * time.Second
)

func main() {
	debug.SetMemoryLimit(memoryLimit)
	debug.SetGCPercent(40)
	if err := run(); err != nil {
		log(context.Background(), levelError, "notification stops", field{"error", err.Error()})
		os.Exit(1)
	}
}

func run() error {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	if err := startReporting(settings); err != nil {
		return err
	}
	defer stopReporting(stopWithin)

	sinks, err := openSinks(settings.sinks)
	if err != nil {
		return err
	}
	defer sinks.close()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	source, err := openSource(settings.bus)
	if err != nil {
		return err
	}
	defer source.close()

	flags := newFlags(settings.flags, settings.release)
	go flags.watch(ctx)

	server := newServer(settings, source)
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		newWorker(source, sinks, flags).run(ctx)
	}()
	log(ctx, levelInfo, "notification listens", field{"address", settings.listen}, field{"release", settings.release})

	select {
	case err := <-failed:
		return fmt.Errorf("cannot listen: %w", err)
	case <-ctx.Done():
	}
	return shutDown(server, done)
}

// shutDown lets the message in hand be finished; what was not confirmed comes again.
func shutDown(server *http.Server, done <-chan struct{}) error {
	log(context.Background(), levelInfo, "notification stops")
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
	return nil
}
