// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/solver/petsc_preconditioner.h>

#include <algorithm>
#include <sstream>

namespace nodal
{
  namespace
  {
    std::string next_prefix()
    {
      static unsigned int n_objects = 0;
      return "nodal" + std::to_string(n_objects++) + "_";
    }

    /// True for run-time options that speak of a preconditioner.
    bool is_for_preconditioner(const std::string &name)
    {
      for (const char *start :
           {"pc_", "mg_", "sub_", "gamg_", "fieldsplit_", "redundant_"})
        if (name.rfind(start, 0) == 0)
          return true;
      return false;
    }

    bool any_rank(const bool here, Mat A)
    {
      int result = here;
      MPI_Allreduce(MPI_IN_PLACE, &result, 1, MPI_INT, MPI_MAX,
                    PetscObjectComm(reinterpret_cast<PetscObject>(A)));
      return result != 0;
    }

    bool is_square_of(Mat A, Mat other)
    {
      PetscInt a = 0, b = 0;
      NODAL_PETSC(MatGetLocalSize(A, &a, nullptr));
      NODAL_PETSC(MatGetLocalSize(other, &b, nullptr));
      return a == b;
    }
  } // namespace

  PetscPreconditioner::PetscPreconditioner() : prefix(next_prefix())
  {
  }

  PetscPreconditioner::~PetscPreconditioner()
  {
    PetscBool is_alive = PETSC_FALSE;
    PetscInitialized(&is_alive);
    if (is_alive)
      clear();
  }

  void PetscPreconditioner::clear()
  {
    pc.reset();
    copy.reset();
    clear_options();
    matrix_id = -1;
  }

  void PetscPreconditioner::clear_options()
  {
    for (const std::string &name : option_names)
      PetscOptionsClearValue(nullptr, name.c_str());
    option_names.clear();
  }

  void PetscPreconditioner::finish()
  {
    clear_options();
  }

  void PetscPreconditioner::set_option(const Option &option)
  {
    const std::string name = "-" + prefix + option.name;
    NODAL_PETSC(
        PetscOptionsSetValue(nullptr, name.c_str(), option.value.c_str()));
    option_names.push_back(name);
  }

  std::vector<PetscPreconditioner::Option>
  PetscPreconditioner::parse(const std::string &text)
  {
    std::vector<Option> result;
    std::istringstream words(text);
    for (std::string word; words >> word;)
    {
      const bool is_name =
          word.size() > 1 && word[0] == '-' && std::isalpha(word[1]);
      if (is_name)
        result.push_back({word.substr(1), ""});
      else if (!result.empty())
        result.back().value += (result.back().value.empty() ? "" : " ") + word;
      else
        throw BadInput("'" + word +
                       "' is not the name of a PETSc option: "
                       "names begin with '-'.");
    }
    return result;
  }

  std::vector<PetscPreconditioner::Option>
  PetscPreconditioner::on_blocks(const std::string &type,
                                 const std::vector<Option> &factor_options,
                                 const Setting &setting)
  {
    const std::string start = setting.is_parallel ? "sub_" : "";
    std::vector<Option> result = {{start + "pc_type", type}};
    if (setting.is_parallel)
      result.push_back({"pc_type", "bjacobi"});
    for (const Option &option : factor_options)
      result.push_back({start + option.name, option.value});
    return result;
  }

  void PetscPreconditioner::create(Mat A, const bool is_spd)
  {
    clear();
    setting.is_spd = is_spd;
    setting.is_parallel = n_ranks(reinterpret_cast<PetscObject>(A)) > 1;
    for (const Option &option : options(setting))
    {
      set_option(option);
      if (option.name == "pc_type")
        type = option.value;
    }
    std::vector<Option> run_time;
    if (reads_run_time_options)
    {
      char *text = nullptr;
      NODAL_PETSC(PetscOptionsGetAll(nullptr, &text));
      run_time = parse(text);
      NODAL_PETSC(PetscFree(text));
    }
    for (const Option &option : run_time)
      if (is_for_preconditioner(option.name))
      {
        set_option(option);
        // Tells PETSc that the option has been used.
        PetscBool is_set = PETSC_FALSE;
        NODAL_PETSC(PetscOptionsHasName(nullptr, nullptr,
                                        ("-" + option.name).c_str(), &is_set));
      }
    NODAL_PETSC(
        PCCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A)), pc.put()));
    NODAL_PETSC(PCSetOptionsPrefix(pc, prefix.c_str()));
  }

  void PetscPreconditioner::configure()
  {
    int code = 0;
    {
      const QuietPetscErrors quiet;
      code = PCSetFromOptions(pc);
    }
    if (code == PETSC_ERR_ARG_UNKNOWN_TYPE)
    {
      clear();
      throw BadInput("PETSc has no preconditioner '" + type +
                     "': see the list of PCType in its manual.");
    }
    NODAL_PETSC(code);
  }

  Mat PetscPreconditioner::working_matrix(Mat A, const bool is_spd)
  {
    PetscObjectId id = 0;
    PetscObjectState state = 0;
    NODAL_PETSC(PetscObjectGetId(reinterpret_cast<PetscObject>(A), &id));
    NODAL_PETSC(MatGetNonzeroState(A, &state));
    const bool is_same_pattern = id == matrix_id && state == nonzero_state;
    matrix_id = id;
    nonzero_state = state;
    if (!needs_copy())
      return A;
    if (copy && is_same_pattern)
    {
      NODAL_PETSC(MatCopy(A, copy, SAME_NONZERO_PATTERN));
      copy_near_null_space(A, copy);
      // PETSc 3.18 keeps the inverse diagonal of relaxation over MatCopy.
      NODAL_PETSC(MatAssemblyBegin(copy, MAT_FINAL_ASSEMBLY));
      NODAL_PETSC(MatAssemblyEnd(copy, MAT_FINAL_ASSEMBLY));
    }
    else
      copy = duplicate(A);
    if (is_spd)
      NODAL_PETSC(MatSetOption(copy, MAT_SPD, PETSC_TRUE));
    return copy;
  }

  void PetscPreconditioner::set_up(Mat A)
  {
    int code = 0;
    PCFailedReason reason = PC_NOERROR;
    {
      const QuietPetscErrors quiet;
      code = PCSetUp(pc);
      if (code == 0)
        code = PCGetFailedReason(pc, &reason);
    }
    if (any_rank(code != 0 || reason != PC_NOERROR, A))
    {
      const std::string why = reason != PC_NOERROR
                                  ? PCFailedReasons[reason]
                                  : "PETSc error " + std::to_string(code);
      clear();
      throw NumericalFailure("The preconditioner '" + type +
                             "' does not exist for this matrix (" + why + ").");
    }
  }

  void PetscPreconditioner::update(Mat A, const bool is_spd)
  {
    if (pc)
    {
      Mat old = nullptr;
      NODAL_PETSC(PCGetOperators(pc, nullptr, &old));
      // One rank's share may change alone.
      if (is_spd != setting.is_spd || any_rank(!is_square_of(A, old), A) ||
          (n_ranks(reinterpret_cast<PetscObject>(A)) > 1) !=
              setting.is_parallel)
        clear();
    }
    const bool is_new = !pc;
    if (is_new)
      create(A, is_spd);
    const Mat P = working_matrix(A, is_spd);
    NODAL_PETSC(PCSetReusePreconditioner(pc, PETSC_FALSE));
    NODAL_PETSC(PCSetOperators(pc, P, P));
    if (is_new)
      configure();
    set_up(A);
    NODAL_PETSC(PCSetReusePreconditioner(pc, PETSC_TRUE));
  }

  void PetscPreconditioner::apply(Vec x, Vec y) const
  {
    NODAL_PETSC(PCApply(pc, x, y));
  }

  OperatorTraits PetscPreconditioner::traits() const
  {
    OperatorTraits result;
    result.is_spd = setting.is_spd && keeps_spd();
    if (pc)
    {
      // A type that came from the command line is one we know nothing of.
      PCType present = nullptr;
      NODAL_PETSC(PCGetType(pc, &present));
      result.is_spd = result.is_spd && present == type;
    }
    return result;
  }
} // namespace nodal
