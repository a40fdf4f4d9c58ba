//! What Linux tells of the process, under the names that Prometheus' clients use. Elsewhere, nothing.

use std::fmt;

use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};

#[derive(Debug)]
pub(super) struct Process;

#[cfg(not(target_os = "linux"))]
impl Collector for Process {
    fn encode(&self, _encoder: DescriptorEncoder<'_>) -> fmt::Result {
        Ok(())
    }
}

#[cfg(target_os = "linux")]
impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        use procfs::{CurrentSI, KernelStats, process};
        use prometheus_client::metrics::{counter::ConstCounter, gauge::ConstGauge};

        use super::metrics::one;

        // Without /proc, as in some sandboxes, there is nothing to tell.
        let Ok(own) = process::Process::myself() else { return Ok(()) };
        if let Ok(stat) = own.stat() {
            let ticks = procfs::ticks_per_second() as f64;
            let processor = ConstCounter::new((stat.utime + stat.stime) as f64 / ticks);
            let help = "Seconds of processor time";
            one(&mut encoder, "process_cpu_seconds", help, processor)?;
            let mut gauge =
                |name: &str, help: &str, value: f64| one(&mut encoder, name, help, ConstGauge::new(value));
            let resident = stat.rss as f64 * procfs::page_size() as f64;
            gauge("process_resident_memory_bytes", "Resident memory", resident)?;
            gauge("process_threads", "Threads", stat.num_threads as f64)?;
            if let Ok(kernel) = KernelStats::current() {
                let start = kernel.btime as f64 + stat.starttime as f64 / ticks;
                gauge("process_start_time_seconds", "Start, in seconds since 1970", start)?;
            }
            if let Ok(open) = own.fd_count() {
                gauge("process_open_fds", "Open files and connections", open as f64)?;
            }
            if let Ok(process::LimitValue::Value(most)) =
                own.limits().map(|limits| limits.max_open_files.soft_limit)
            {
                gauge("process_max_fds", "The most that may be open", most as f64)?;
            }
        }
        Ok(())
    }
}
