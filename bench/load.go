package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// target is one server under measurement and how to ask it. request returns the n-th question, the same for every target.
type target struct {
	name    string
	request func(n int) *http.Request
}

// sample is what one round of one target gave.
type sample struct {
	p50, p99 time.Duration
	rate     float64 // answers per second
}

// measure asks target with the given number of clients for the given time. Every answer must be 200 and readable.
func measure(ctx context.Context, t target, clients int, d time.Duration, seed int) (sample, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	hc := &http.Client{Transport: transport}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		all   []time.Duration
		fault error
	)
	start := time.Now()
	for c := range clients {
		wg.Go(func() {
			took, err := client(ctx, hc, t, seed+c*7919)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			fault = errors.Join(fault, err)
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	if fault != nil {
		return sample{}, fmt.Errorf("%s: %w", t.name, fault)
	}
	return summarize(all, elapsed), nil
}

// client asks one question after the other until the context ends.
func client(ctx context.Context, hc *http.Client, t target, seed int) ([]time.Duration, error) {
	var took []time.Duration
	for n := seed; ctx.Err() == nil; n++ {
		start := time.Now()
		switch err := ask(ctx, hc, t.request(n)); {
		case ctx.Err() != nil: // cut off by the end of the round: no answer, no figure
		case err != nil:
			return took, err
		default:
			took = append(took, time.Since(start))
		}
	}
	return took, nil
}

func ask(ctx context.Context, hc *http.Client, req *http.Request) error {
	res, err := hc.Do(req.WithContext(ctx))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", res.Status)
	}
	return nil
}

func summarize(took []time.Duration, elapsed time.Duration) sample {
	if len(took) == 0 {
		return sample{}
	}
	slices.Sort(took)
	return sample{
		p50:  took[len(took)/2],
		p99:  took[len(took)*99/100],
		rate: float64(len(took)) / elapsed.Seconds(),
	}
}
