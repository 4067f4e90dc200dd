// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/run.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace nodal
{
  namespace fs = std::filesystem;

  namespace
  {
    volatile std::sig_atomic_t stop_signal = 0;

    void request_stop(int)
    {
      stop_signal = 1;
    }

    void write_file(const std::string &name, const std::string &content)
    {
      std::ofstream file(name, std::ios::binary);
      file << content;
      file.close();
      if (!file)
        throw BadInput("The output file '" + name +
                           "' cannot be written; choose another folder or "
                           "free some space.",
                       "Output folder");
    }

    /// Make the folder and its explanatory files. Returns its name, so that
    /// this happens before the log is opened.
    std::string prepare_folder(MPI_Comm comm, const std::string &folder,
                               const ParameterFile &file,
                               const Parameters &parameters)
    {
      agree(comm,
            [&]
            {
              if (rank_of(comm) != 0)
                return;
              std::error_code error;
              fs::create_directories(folder, error);
              if (error || !fs::is_directory(folder))
                throw BadInput("The output folder '" + folder +
                                   "' cannot be made (" + error.message() +
                                   "); choose another one.",
                               "Output folder");
              write_file(folder + "/original.prm", file.text());
              write_file(folder + "/used.prm", parameters.as_prm());
              fs::remove(folder + "/stop", error);
            });
      return folder;
    }
  } // namespace

  void catch_stop_signals()
  {
    std::signal(SIGTERM, request_stop);
    std::signal(SIGUSR1, request_stop);
    // A file that grows beyond a limit is reported by the write that fails.
    std::signal(SIGXFSZ, SIG_IGN);
  }

  Run::Run(MPI_Comm comm, const std::string &folder, const bool resume,
           const ParameterFile &file, const Parameters &parameters)
      : comm(comm), is_root(rank_of(comm) == 0), resume(resume),
        log(is_root,
            prepare_folder(comm, folder, file, parameters) + "/log.txt",
            resume),
        statistics(is_root, folder + "/statistics.csv", resume),
        timer(std::cout, dealii::TimerOutput::never,
              dealii::TimerOutput::wall_times),
        directory(folder)
  {
  }

  Run::~Run() = default;

  void Run::print_timing()
  {
    const auto seconds =
        timer.get_summary_data(dealii::TimerOutput::total_wall_time);
    double total = 0;
    for (const auto &entry : seconds)
      total += entry.second;
    if (total == 0)
      return;
    log("Wall time on rank 0:");
    for (const auto &[section, time] : seconds)
    {
      char line[120];
      std::snprintf(line, sizeof(line), "  %-32s %10.3f s %6.1f %%",
                    section.c_str(), time, 100 * time / total);
      log(line);
    }
  }

  bool Run::stop_requested() const
  {
    std::error_code error;
    return stop_signal != 0 || fs::exists(directory + "/stop", error);
  }

  bool Run::should_stop()
  {
    int stop = stop_requested();
    MPI_Allreduce(MPI_IN_PLACE, &stop, 1, MPI_INT, MPI_MAX, comm);
    return stop != 0;
  }

  std::string Run::path(const std::string &file) const
  {
    return directory + "/" + file;
  }

  std::string Run::folder(const std::string &name) const
  {
    std::error_code error;
    fs::create_directories(path(name), error);
    return path(name);
  }
} // namespace nodal
