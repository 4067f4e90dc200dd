// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_petsc_preconditioner_h
#define nodal_solver_petsc_preconditioner_h

#include <nodal/solver/operator.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * A preconditioner that a PETSc PC does. A derived class names the PETSc
   * options that make it what it is; options of the command line (`-pc_...`,
   * `-mg_...`, `-sub_...`) are read after them and win.
   *
   * Each object keeps its options under a prefix of its own, so that several
   * of them in one process do not disturb each other. As long as the same Mat
   * comes with new values, symbolic factorisations are kept. What is set up is
   * safe from later changes of the matrix: the PC is not rebuilt before
   * update() and, where PETSc refers to the matrix in every application, it
   * works on a copy.
   */
  class PetscPreconditioner : public Preconditioner
  {
  public:
    PetscPreconditioner();
    ~PetscPreconditioner() override;

    void update(Mat A, bool is_spd) override;

    void ignore_run_time_options() override
    {
      reads_run_time_options = false;
    }

    /// Takes the options from PETSc's table, which has room for those of some
    /// fifty objects.
    void finish() override;

    void apply(Vec x, Vec y) const override;

    OperatorTraits traits() const override;

    PC petsc() const override
    {
      return pc;
    }

  protected:
    /// What options() may depend on.
    struct Setting
    {
      bool is_parallel = false;
      bool is_spd = false;
    };

    /// A PETSc option without the leading minus: {"pc_type", "ilu"}.
    struct Option
    {
      std::string name, value;
    };

    virtual std::vector<Option> options(const Setting &setting) const = 0;

    /// True if the preconditioner is SPD for every SPD matrix.
    virtual bool keeps_spd() const = 0;

    /// True if PETSc refers to the entries of the matrix after the set-up.
    virtual bool needs_copy() const
    {
      return false;
    }

    /// Options as text, "-a 1 -b", as pairs.
    static std::vector<Option> parse(const std::string &text);

    /// The rows of options() that run an incomplete factorisation @p type
    /// ("ilu", "icc") on the diagonal block of each rank.
    static std::vector<Option>
    on_blocks(const std::string &type,
              const std::vector<Option> &factor_options,
              const Setting &setting);

  private:
    void create(Mat A, bool is_spd);

    void set_option(const Option &option);

    void clear_options();

    /// Let the PC read its options. Throws BadInput for a type unknown.
    void configure();

    /// The matrix to work on: @p A or a copy of it.
    Mat working_matrix(Mat A, bool is_spd);

    void set_up(Mat A);

    void clear();

    const std::string prefix;
    bool reads_run_time_options = true;
    std::vector<std::string> option_names;
    std::string type; ///< PETSc's type as options() asked for it
    MatHandle copy;
    PCHandle pc;
    Setting setting;
    PetscObjectId matrix_id = -1;
    PetscObjectState nonzero_state = -1;
  };
} // namespace nodal

#endif
