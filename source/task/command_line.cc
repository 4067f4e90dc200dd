// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/core/threads.h>
#include <nodal/core/version.h>
#include <nodal/task/command_line.h>
#include <nodal/task/task.h>

#include <cctype>
#include <iostream>

namespace nodal
{
  namespace
  {
    const std::vector<std::string> options = {
        "--set",  "--output",     "--resume", "--help",    "--version",
        "--list", "--parameters", "--format", "--validate"};

    /// "-ksp_type" and the like, not a negative number.
    bool is_petsc_option(const std::string &word)
    {
      return word.size() > 1 && word[0] == '-' && std::isalpha(word[1]);
    }

    bool is_parameter_file(const std::string &word)
    {
      return word.find(".prm") != std::string::npos;
    }
  } // namespace

  CommandLine::CommandLine(const std::vector<std::string> &words)
  {
    std::vector<std::string> plain;
    for (unsigned int i = 0; i < words.size(); ++i)
    {
      std::string word = words[i];
      // Both "--option value" and "--option=value".
      std::string value;
      bool has_value = false;
      if (word.rfind("--", 0) == 0 && word.find('=') != std::string::npos)
      {
        value = word.substr(word.find('=') + 1);
        word = word.substr(0, word.find('='));
        has_value = true;
      }
      const auto next = [&]() -> std::string
      {
        if (!has_value && i + 1 < words.size())
          value = words[++i];
        has_value = false;
        if (value.empty())
          throw BadInput("The option " + word + " needs a value.");
        return value;
      };
      if (word == "--set")
        overrides.push_back(next());
      else if (word == "--output")
        output = next();
      else if (word == "--list")
        list = next();
      else if (word == "--format")
        format = next();
      else if (word == "--resume")
        resume = true;
      else if (word == "--help" || word == "-h")
        help = true;
      else if (word == "--version")
        version = true;
      else if (word == "--validate")
        validate = true;
      else if (word == "--parameters")
      {
        parameters = true;
        if (has_value || (i + 1 < words.size() && words[i + 1][0] != '-' &&
                          !is_parameter_file(words[i + 1])))
          section = next();
      }
      else if (word.rfind("--", 0) == 0)
        throw BadInput("There is no option " + word + "." +
                       did_you_mean(word, options));
      else if (is_petsc_option(word))
      {
        petsc_options.push_back(word);
        if (i + 1 < words.size() && !is_petsc_option(words[i + 1]) &&
            words[i + 1].rfind("--", 0) != 0 &&
            !is_parameter_file(words[i + 1]))
          petsc_options.push_back(words[++i]);
      }
      else
        plain.push_back(word);
      if (has_value)
        throw BadInput("The option " + word + " takes no value.");
    }
    if (format != "prm" && format != "md")
      throw BadInput("--format is prm or md, not '" + format + "'.");
    if (plain.size() > 2)
      throw BadInput("'" + plain[2] +
                     "' is one word too many; 'nodal --help' shows how to "
                     "call nodal.");
    if (plain.size() == 1 && is_parameter_file(plain[0]))
      parameter_file = plain[0];
    else if (!plain.empty())
      task = plain[0];
    if (plain.size() == 2)
      parameter_file = plain[1];
    if (words.empty())
      help = true;
  }

  std::string CommandLine::usage()
  {
    std::string tasks;
    for (const RegistryEntry &entry : Registry<Task<2>>::list())
    {
      std::string name = entry.name;
      name.resize(12, ' ');
      tasks += "  " + name + entry.description + "\n";
    }
    return "nodal: neural operators in the deal.II loop\n\n"
           "  nodal TASK FILE.prm [--set \"Section/Entry=value\"]... "
           "[--output DIR] [--resume]\n"
           "  nodal run FILE.prm     the tasks that the file lists, in "
           "order\n\n"
           "Tasks:\n" +
           tasks +
           "\nInstead of a task:\n"
           "  --validate FILE.prm          check a parameter file and its "
           "mesh\n"
           "  --parameters [SECTION]       all entries with their defaults\n"
           "                               (--format prm or md)\n"
           "  --list KIND                  what can be chosen; without a "
           "known\n"
           "                               KIND, the kinds\n"
           "  --version, --help\n\n"
           "Words with one dash are PETSc's options, as -ksp_monitor. Exit "
           "code: 0 done,\n1 numerical failure, 2 bad input, 3 internal "
           "error.\n";
  }

  namespace
  {
    /// The command for one space dimension.
    template <int dim>
    class Session
    {
    public:
      Session(const CommandLine &command, const ParameterFile &file)
          : command(command), file(file)
      {
        for (const RegistryEntry &entry : Registry<Task<dim>>::list())
          tasks[entry.name] = Registry<Task<dim>>::create(entry.name);
        prm.add("Dimension", dimension, "Of space.", {"2", "3"});
        prm.add("Output folder", output,
                "Folder for everything that a run writes.");
        prm.add("Tasks", task_list,
                "What `nodal run` does: names of tasks, separated by commas.");
        experiment.add_parameters(prm);
        for (auto &entry : tasks)
          entry.second->add_parameters(prm);
      }

      void execute()
      {
        try
        {
          prm.apply(file);
          if (command.parameters)
            print_parameters();
          else
            work();
        }
        catch (const BadInput &error)
        {
          const std::string position = prm.position(error.entry);
          if (error.entry.empty())
            throw;
          throw BadInput((position.empty() ? "" : position + ": ") + "entry '" +
                         error.entry + "': " + error.what());
        }
      }

    private:
      void print_parameters() const
      {
        if (rank_of(MPI_COMM_WORLD) == 0)
          std::cout << (command.format == "md"
                            ? prm.as_markdown(command.section)
                            : prm.as_prm(command.section));
      }

      std::vector<std::string> chosen_tasks() const
      {
        const bool is_list = command.task == "run";
        const std::vector<std::string> names =
            is_list ? split(task_list, ',')
                    : std::vector<std::string>{command.task};
        std::vector<std::string> known;
        for (const auto &entry : tasks)
          known.push_back(entry.first);
        for (const std::string &name : names)
          if (tasks.count(name) == 0)
            throw BadInput("There is no task '" + name + "'." +
                               did_you_mean(name, known) +
                               " Tasks: " + join(known, ", ") + ".",
                           is_list ? "Tasks" : "");
        return names;
      }

      void check_task(const std::string &task) const
      {
        const bool is_in_time = tasks.at(task)->is_in_time();
        if (is_in_time == experiment.is_in_time())
        {
          tasks.at(task)->check_for(experiment);
          return;
        }
        throw BadInput("Task '" + task + "' is for problems " +
                           (is_in_time ? "in time" : "that are steady") +
                           ", and '" + experiment.problem.name() + "' is " +
                           (is_in_time
                                ? "steady: choose task 'solve' or "
                                  "'generate', or a problem in time, as "
                                  "'lorenz96'."
                                : "in time: choose task 'simulate' or "
                                  "'assimilate', or 'train' with "
                                  "Training/Goal = corrector or closure, or a "
                                  "steady problem, as 'darcy'."),
                       "Problem/Name");
      }

      void work()
      {
        const MPI_Comm comm = MPI_COMM_WORLD;
        if (!command.output.empty())
          output = command.output;
        experiment.check(prm);
        for (const auto &entry : tasks)
          entry.second->check();
        if (command.validate)
        {
          if (!prm.position("Tasks").empty())
            for (const std::string &name : split(task_list, ','))
              if (tasks.count(name) > 0)
                check_task(name);
          if (experiment.has_mesh())
            experiment.make_space(comm);
          if (rank_of(comm) == 0)
            std::cout << command.parameter_file << " is valid.\n";
          return;
        }
        const std::vector<std::string> names = chosen_tasks();
        for (const std::string &name : names)
          check_task(name);
        if (!names.empty())
          agree(comm, [&]
                { tasks.at(names.front())->check_files(experiment, output); });
        Run run(comm, output, command.resume, file, prm);
        for (const std::string &name : names)
        {
          run.log("nodal " + name + " " + command.parameter_file + " on " +
                  std::to_string(size_of(comm)) + " rank(s), " +
                  std::to_string(limit_threads()) + " thread(s) each");
          if (!blas_warning().empty())
            run.log("Warning: " + blas_warning());
          tasks.at(name)->run(experiment, prm, run);
          if (run.should_stop())
            break;
        }
        run.print_timing();
      }

      const CommandLine &command;
      const ParameterFile &file;
      Parameters prm;
      Experiment<dim> experiment;
      std::map<std::string, std::unique_ptr<Task<dim>>> tasks;
      std::string dimension = std::to_string(dim), output = "output",
                  task_list = "solve";
    };

    /// Calls @p work with a Session of the dimension that the file asks for.
    void dispatch(const CommandLine &command, const ParameterFile &file)
    {
      const std::string dimension = file.value("Dimension", "2");
      if (dimension == "3")
        Session<3>(command, file).execute();
      else // another value is refused when the file is applied
        Session<2>(command, file).execute();
    }

    void print_list(const std::string &kind)
    {
      for (const RegistryEntry &entry : RegistryKinds::list(kind))
        std::cout << entry.name << ": " << entry.description << '\n';
    }

    void print_versions()
    {
      for (const auto &[name, version] : versions())
        std::cout << name << ": " << version << '\n';
      if (!blas_warning().empty())
        std::cout << blas_warning() << '\n';
    }

    void execute_unguarded(const CommandLine &command)
    {
      const bool is_root = rank_of(MPI_COMM_WORLD) == 0;
      if (command.help || command.version || !command.list.empty())
      {
        if (!is_root)
          return;
        if (command.help)
          std::cout << CommandLine::usage();
        else if (command.version)
          print_versions();
        else
          print_list(command.list);
        return;
      }
      if (command.task.empty() && !command.parameters && !command.validate)
        throw BadInput("Say what to do: 'nodal TASK FILE.prm'; 'nodal --help' "
                       "lists the tasks.");
      if (command.parameter_file.empty() && !command.parameters)
        throw BadInput("A parameter file is missing: 'nodal " + command.task +
                       " FILE.prm'.");
      ParameterFile file;
      if (!command.parameter_file.empty())
        file = ParameterFile::read(command.parameter_file, MPI_COMM_WORLD);
      for (const std::string &assignment : command.overrides)
        file.override_entry(assignment);
      dispatch(command, file);
    }
  } // namespace

  int execute(const CommandLine &command)
  {
    const bool is_root = rank_of(MPI_COMM_WORLD) == 0;
    try
    {
      execute_unguarded(command);
      return exit_done;
    }
    catch (const BadInput &error)
    {
      if (is_root)
        std::cerr << "nodal: " << error.what() << std::endl;
      return exit_bad_input;
    }
    catch (const NumericalFailure &error)
    {
      if (is_root)
        std::cerr << "nodal: " << error.what() << std::endl;
      return exit_numerical_failure;
    }
  }
} // namespace nodal
